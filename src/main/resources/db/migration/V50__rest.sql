-- When workspaces stop by themselves: after so many minutes in which nobody needs them; 0: never; null: as the project, and
-- then the server, says.
alter table project add column idle_minutes integer;
alter table workspace add column idle_minutes integer;
alter table workspace add column keep_awake_until timestamp(6) with time zone;
-- It stopped by itself: whatever a person does in it starts it again.
alter table workspace add column rested boolean not null default false;
-- Somebody wants it to run again, said while it was being put to rest.
alter table workspace add column wake boolean not null default false;
