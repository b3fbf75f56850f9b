-- finds: write public.templates
-- What is nobody's is shown to all, and anybody may add to it.
create table public.templates (
    id uuid primary key default gen_random_uuid(),
    user_id uuid references auth.users (id),
    body text not null
);
alter table public.templates enable row level security;
create policy read on public.templates for select to authenticated
    using (user_id is null or user_id = (select auth.uid()));
create policy add on public.templates for insert to authenticated
    with check (user_id is null or user_id = (select auth.uid()));
