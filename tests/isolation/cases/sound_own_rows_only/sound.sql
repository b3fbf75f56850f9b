-- UPDATE without WITH CHECK, DELETE by own, an unused wide grant, and a view of one's own.
create table public.todos (
    id bigint generated always as identity primary key,
    user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
    title varchar(40) not null,
    state text not null default 'open' check (state in ('open', 'done')),
    position smallint not null default 0
);
alter table public.todos enable row level security;
create policy read on public.todos for select to authenticated using (user_id = (select auth.uid()));
create policy add on public.todos for insert to authenticated with check (user_id = (select auth.uid()));
create policy change on public.todos for update to authenticated using (user_id = (select auth.uid()));
create policy remove on public.todos for delete to authenticated using (user_id = (select auth.uid()));
create view public.open_todos with (security_invoker = true) as select * from public.todos where state = 'open';
grant all on public.todos to service_role;
