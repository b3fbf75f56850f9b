-- A database behind PostgREST before its first migration: the roles that requests take on, and nothing else.
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;
grant usage on schema public to anon, authenticated, service_role;
do $$ begin
  if not exists (select from pg_roles where rolname = 'postgres') then create role postgres; end if;
end $$;
alter role postgres createdb createrole bypassrls login;
grant anon, authenticated, service_role to postgres with admin option;
grant all on schema public to postgres;
