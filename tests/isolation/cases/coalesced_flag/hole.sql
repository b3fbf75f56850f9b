-- finds: read public.diaries
-- Who never chose is taken for who chose to be read.
create table public.diaries (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null,
    is_private boolean
);
alter table public.diaries enable row level security;
create policy own on public.diaries to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy shown on public.diaries for select to authenticated using (not coalesce(is_private, false));
