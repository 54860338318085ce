-- A workspace that begins with the files of another one, which may be gone by now: of which one,
alter table workspace add column forked_from varchar(64);
-- and the snapshot of it; null: it is to be made of what the other one has at that time.
alter table workspace add column forked_snapshot varchar(36);
