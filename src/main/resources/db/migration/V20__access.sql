-- Who may come in. Of every link, cookie and token only the SHA-256 is kept: a copy of this database opens no door.

create table app_user (
    id         varchar(36)  primary key,
    name       varchar(100) not null unique,
    created_at timestamp(3) with time zone not null
);

insert into app_user (id, name, created_at) values ('00000000-0000-4000-8000-000000000001', 'owner', current_timestamp);

create table login_link (
    hash       varchar(64) primary key,
    user_id    varchar(36) not null references app_user (id),
    created_at timestamp(3) with time zone not null,
    expires_at timestamp(3) with time zone not null,
    used_at    timestamp(3) with time zone
);

create table device (
    id           varchar(36)  primary key,
    hash         varchar(64)  not null unique,
    user_id      varchar(36)  not null references app_user (id),
    user_agent   varchar(300) not null,
    created_at   timestamp(3) with time zone not null,
    last_seen_at timestamp(3) with time zone not null,
    revoked_at   timestamp(3) with time zone
);

create table api_token (
    id           varchar(36)  primary key,
    hash         varchar(64)  not null unique,
    user_id      varchar(36)  not null references app_user (id),
    name         varchar(100) not null,
    created_at   timestamp(3) with time zone not null,
    last_used_at timestamp(3) with time zone,
    revoked_at   timestamp(3) with time zone
);
