-- finds: read public.handbooks
-- The company is known by the end of the address, and evil-a.example ends in a.example.
create table public.handbooks (
    id uuid primary key default gen_random_uuid(),
    domain text not null,
    body text not null
);
alter table public.handbooks enable row level security;
create policy colleagues on public.handbooks for select to authenticated
    using ((auth.jwt() ->> 'email') like '%' || domain);
