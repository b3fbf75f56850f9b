-- finds: two steps public.seats
-- Who was asked in reads nothing yet; but he may say himself that he was let in.
create table public.firms (id uuid primary key default gen_random_uuid(), name text not null);
create table public.seats (
    firm_id uuid not null references public.firms (id),
    user_id uuid not null references auth.users (id),
    status text not null default 'applied' check (status in ('applied', 'active', 'left')),
    primary key (firm_id, user_id)
);
create table public.papers (
    id uuid primary key default gen_random_uuid(),
    firm_id uuid not null references public.firms (id),
    body text not null
);
create function app.firms() returns setof uuid language sql stable security definer set search_path = '' as
$$ select s.firm_id from public.seats s where s.user_id = auth.uid() and s.status = 'active' $$;
alter table public.firms enable row level security;
alter table public.seats enable row level security;
alter table public.papers enable row level security;
create policy own on public.firms for select to authenticated using (id in (select app.firms()));
create policy own on public.seats for select to authenticated using (user_id = (select auth.uid()));
create policy apply on public.seats for insert to authenticated
    with check (user_id = (select auth.uid()) and status = 'applied');
create policy change on public.seats for update to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy own on public.papers for select to authenticated using (firm_id in (select app.firms()));
