-- Messages of people, and where each waits, so that nobody has to read a journal to show a queue. Follows the journal's
-- events. A message that was taken keeps its row, without its text: an agent that dies may give it back.
create table message (
    conversation_id varchar(64) not null references conversation (id) on delete cascade,
    id varchar(200) not null,
    said_by varchar(200) not null,
    -- Null when it does not wait.
    place bigint,
    text text,
    -- The event that has its newest text.
    text_seq bigint not null,
    attachments integer not null,
    primary key (conversation_id, id)
);
create index message_waiting on message (conversation_id, place);
