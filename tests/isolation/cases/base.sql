-- What every case stands on: the roles and helpers of a Supabase-shaped database.
do $$
declare missing text;
begin
    foreach missing in array array['anon', 'authenticated', 'service_role', 'tenant_app'] loop
        begin
            if not exists (select from pg_roles where rolname = missing) then
                execute format('create role %I nologin noinherit', missing);
            end if;
        exception when duplicate_object or unique_violation then null;  -- another database of this server was faster
        end;
    end loop;
end $$;

create schema auth;
create table auth.users (id uuid primary key, email text unique);
create function auth.jwt() returns jsonb language sql stable set search_path = '' as
$$ select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $$;
create function auth.uid() returns uuid language sql stable set search_path = '' as
$$ select (auth.jwt() ->> 'sub')::uuid $$;
create function auth.role() returns text language sql stable set search_path = '' as
$$ select auth.jwt() ->> 'role' $$;
grant usage on schema auth to anon, authenticated, service_role;
grant execute on all functions in schema auth to anon, authenticated, service_role;

grant usage on schema public to anon, authenticated, service_role, tenant_app;

create schema app;
grant usage on schema app to anon, authenticated, service_role, tenant_app;
