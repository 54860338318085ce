-- Which start of the workspace it is of: what ran later has changed files that it does not have. Null: it is older than this column.
alter table snapshot add column generation bigint;
