-- The application owns its tables, and row security is forced on it.
do $$ begin create role rlsc_backend nologin; exception when duplicate_object then null; end $$;
grant usage on schema public to rlsc_backend;
create table public.projects (id uuid primary key default gen_random_uuid(), org_id bigint not null, name text not null,
    unique (org_id, id));
create table public.tasks (
    id uuid primary key default gen_random_uuid(),
    org_id bigint not null,
    project_id uuid not null,
    title text not null,
    foreign key (org_id, project_id) references public.projects (org_id, id) on delete cascade
);
alter table public.projects owner to rlsc_backend;
alter table public.tasks owner to rlsc_backend;
alter table public.projects enable row level security;
alter table public.projects force row level security;
alter table public.tasks enable row level security;
alter table public.tasks force row level security;
revoke all on public.projects, public.tasks from anon, authenticated;
revoke truncate on public.projects, public.tasks from rlsc_backend;
create policy tenant on public.projects using (org_id = nullif(current_setting('app.org_id', true), '')::bigint)
    with check (org_id = nullif(current_setting('app.org_id', true), '')::bigint);
create policy tenant on public.tasks using (org_id = nullif(current_setting('app.org_id', true), '')::bigint)
    with check (org_id = nullif(current_setting('app.org_id', true), '')::bigint);
