-- The id that a client gave its wish for a workspace, so that it may repeat it, and what it wished.
alter table workspace add column request_id varchar(64);
alter table workspace add column request_digest varchar(64);
alter table workspace add constraint workspace_request unique (request_id);
