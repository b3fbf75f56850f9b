-- finds: write public.cards
-- WITH CHECK (true): one's own card can be put into another's wallet.
create table public.cards (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    label text not null
);
alter table public.cards enable row level security;
create policy read on public.cards for select to authenticated using (true);
create policy change on public.cards for update to authenticated
    using (user_id = (select auth.uid())) with check (true);
