-- Up to where each journal is in the object store.
create table journal_copy (
    conversation_id varchar(64) primary key references conversation (id) on delete cascade,
    -- The first event of the segment that is not full yet.
    segment_from bigint not null,
    -- The last event that is in the store.
    kept_seq bigint not null
);
