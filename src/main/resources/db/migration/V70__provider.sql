-- Providers that a person added. Options that are secret are in the table secret, as provider.<name>.<option>.
create table provider (
    name varchar(40) primary key,
    kind varchar(40) not null,
    options text not null,
    version varchar(36) not null,
    created_at timestamp(6) with time zone not null,
    updated_at timestamp(6) with time zone not null
);

-- Where new workspaces go when nobody says it: of a project (its id), or of the person ("person").
create table provider_default (
    scope varchar(36) primary key,
    provider varchar(40) not null
);

-- A private key or a list of certificates is longer than an agent's key.
alter table secret alter column sealed set data type text;
