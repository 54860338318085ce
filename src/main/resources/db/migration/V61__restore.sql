-- The snapshot that a workspace's next start brings back; null: it goes on with what it has.
alter table workspace add column restore_from varchar(36);
-- A bridge that comes home waits until everything is back.
alter table bridge add column restoring boolean not null default false;
