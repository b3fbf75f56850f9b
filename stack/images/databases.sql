-- The application's database, and the one that the harness clones; python -m raptorflow roles does the rest.
create role raptorflow_owner login;
create database raptorflow owner raptorflow_owner;
create database raptorflow_template owner raptorflow_owner;
