-- The image that was asked for, of workspaces whose provider has images; null: the provider's default.
alter table workspace add column image varchar(300);
