-- The trigger counts in the project that the task lies in, which is of the same tenant by its key.
create table public.projects (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    name text not null,
    tasks integer not null default 0,
    unique (user_id, id)
);
create table public.tasks (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    project_id uuid not null,
    title text not null,
    updated_at timestamptz not null default now(),
    foreign key (user_id, project_id) references public.projects (user_id, id) on delete cascade
);
create function app.count_tasks() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    update public.projects set tasks = tasks + 1 where id = new.project_id and user_id = new.user_id;
    return null;
end $$;
create trigger count_tasks after insert on public.tasks for each row execute function app.count_tasks();
create function app.touch() returns trigger language plpgsql set search_path = '' as $$
begin
    new.updated_at := now();
    return new;
end $$;
create trigger touch before update on public.tasks for each row execute function app.touch();
alter table public.projects enable row level security;
alter table public.tasks enable row level security;
create policy own on public.projects to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy own on public.tasks to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
