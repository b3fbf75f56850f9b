-- finds: view public.my_tasks
-- The view's trigger writes as its owner, and by the identifier alone.
create table public.tasks (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    title text not null
);
alter table public.tasks enable row level security;
create policy own on public.tasks for select to authenticated using (user_id = (select auth.uid()));
create view public.my_tasks with (security_invoker = true) as select id, user_id, title from public.tasks;
create function app.write_task() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    insert into public.tasks (id, user_id, title) values (coalesce(new.id, gen_random_uuid()), new.user_id, new.title);
    return new;
end $$;
create trigger write_task instead of insert on public.my_tasks for each row execute function app.write_task();
