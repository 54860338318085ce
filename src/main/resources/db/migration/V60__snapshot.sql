-- Snapshots of workspaces' files, of which the objects are in the object store.
create table snapshot (
    id varchar(36) primary key,
    workspace_id varchar(64) not null references workspace (id) on delete cascade,
    -- rest, interval, stop, delete, request
    why varchar(16) not null,
    -- making, done, failed
    state varchar(16) not null,
    -- restic's own name for it, whole.
    restic_id varchar(64),
    files bigint not null,
    bytes bigint not null,
    added bigint not null,
    -- Where its folders were, and what it lacks: JSON.
    roots text,
    left_out text,
    unread text,
    error varchar(4000),
    todo varchar(4000),
    -- How much had happened in the workspace's conversations: the sum of their last numbers.
    mark bigint not null,
    begun_at timestamp(6) with time zone not null,
    ended_at timestamp(6) with time zone
);
create index snapshot_of_workspace on snapshot (workspace_id, begun_at);

-- Workspaces whose objects are to be removed: they have no record any more.
create table purge (
    workspace_id varchar(64) primary key,
    asked_at timestamp(6) with time zone not null
);
