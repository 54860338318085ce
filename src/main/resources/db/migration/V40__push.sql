-- Notifications to phones. What asks for one is a notice; each subscribed device gets each notice at most once, and is told when
-- it is settled. Written down before it is sent, so that nothing is told twice after a restart.
create table push_subscription (
    device_id varchar(36) primary key references device (id) on delete cascade,
    -- The push service's address for this browser: who has it and the server's key can send. Never shown again.
    endpoint varchar(2000) not null,
    p256dh varchar(100) not null,
    auth varchar(40) not null,
    kinds varchar(200) not null,
    details boolean not null,
    -- For example 22:00-07:00 Europe/Berlin.
    quiet varchar(100),
    created_at timestamp(3) with time zone not null,
    -- What the push service said when it last refused.
    problem varchar(500)
);

create table push_notice (
    id varchar(300) primary key,
    kind varchar(16) not null,
    opened_at timestamp(3) with time zone not null,
    closed_at timestamp(3) with time zone
);
create index push_notice_open on push_notice (closed_at);

create table push_delivery (
    device_id varchar(36) not null references push_subscription (device_id) on delete cascade,
    notice_id varchar(300) not null references push_notice (id) on delete cascade,
    action varchar(8) not null,
    state varchar(8) not null,
    attempts integer not null,
    due_at timestamp(3) with time zone not null,
    primary key (device_id, notice_id, action)
);
create index push_delivery_due on push_delivery (state, due_at);
