-- A plain PostgreSQL before its first migration: its owner is a superuser, as on a developer's machine.
do $$ begin
  if not exists (select from pg_roles where rolname = 'postgres') then create role postgres; end if;
end $$;
alter role postgres superuser createdb createrole bypassrls login;
