-- Secrets that were typed into Settings, encrypted with the key file of the home, and what was chosen for an agent.

create table secret (
    name       varchar(100) primary key,
    sealed     varchar(20000) not null,
    updated_at timestamp(3) with time zone not null
);

create table agent_choice (
    agent      varchar(50) primary key,
    lend_login boolean not null
);
