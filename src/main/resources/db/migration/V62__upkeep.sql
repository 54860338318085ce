-- When a workspace's snapshots were pruned and checked last, and what was wrong with them.
create table upkeep (
    workspace_id varchar(64) primary key references workspace (id) on delete cascade,
    done_at timestamp(6) with time zone not null,
    problem varchar(4000)
);
