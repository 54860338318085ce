-- Workspaces of which the objects are coming out of a backup: they have no record yet. What is in it when a server starts is removed.
create table incoming (
    workspace_id varchar(64) primary key,
    begun_at timestamp(6) with time zone not null
);
