-- Who owns several organizations refers to nothing across them, as the application would not either.
create table public.users (id uuid primary key default gen_random_uuid(), email text);
create table public.organizations (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    plan text not null default 'free' check (plan in ('free', 'pro', 'team'))
);
create table public.org_members (
    org_id uuid not null references public.organizations (id) on delete cascade,
    user_id uuid not null references public.users (id) on delete cascade,
    primary key (org_id, user_id)
);
create table public.campaigns (
    id uuid primary key default gen_random_uuid(),
    org_id uuid not null references public.organizations (id) on delete cascade,
    title text
);
create table public.tasks (
    id uuid primary key default gen_random_uuid(),
    org_id uuid not null references public.organizations (id) on delete cascade,
    campaign_id uuid references public.campaigns (id) on delete set null,
    title text
);
create function app.current_org() returns uuid language sql stable as
$$ select nullif(current_setting('app.current_org_id', true), '')::uuid $$;
grant execute on function app.current_org() to tenant_app;
do $$
declare t text;
begin
    foreach t in array array['org_members', 'campaigns', 'tasks'] loop
        execute format('alter table public.%I enable row level security, force row level security', t);
        execute format('create policy tenant on public.%I using (org_id = app.current_org())'
            ' with check (org_id = app.current_org())', t);
        execute format('grant select, insert, update, delete on public.%I to tenant_app', t);
    end loop;
end $$;
alter table public.organizations enable row level security, force row level security;
create policy tenant on public.organizations using (id = app.current_org()) with check (id = app.current_org());
grant select, insert, update, delete on public.organizations to tenant_app;
revoke all on all tables in schema public from anon, authenticated;
