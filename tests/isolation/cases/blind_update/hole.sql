-- finds: write public.wallets
-- Reading is narrow, so UPDATE … WHERE finds nothing; without WHERE it changes every wallet.
create table public.wallets (
    user_id uuid primary key references auth.users (id) on delete cascade,
    balance_cents bigint not null default 0,
    nickname text
);
alter table public.wallets enable row level security;
create policy read on public.wallets for select to authenticated using (user_id = (select auth.uid()));
create policy change on public.wallets for update to authenticated
    using (auth.role() = 'authenticated') with check (auth.role() = 'authenticated');
revoke update on public.wallets from anon, authenticated;
grant update (nickname) on public.wallets to authenticated;
