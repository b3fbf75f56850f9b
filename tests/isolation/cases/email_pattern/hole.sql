-- finds: read public.tickets
-- The caller's address is taken for a pattern: who registers _nna@a.example reads what is anna@a.example's.
create table public.tickets (
    id uuid primary key default gen_random_uuid(),
    requester_email text not null,
    body text not null
);
alter table public.tickets enable row level security;
create policy own on public.tickets for select to authenticated using (requester_email like auth.jwt() ->> 'email');
grant select on public.tickets to authenticated;
