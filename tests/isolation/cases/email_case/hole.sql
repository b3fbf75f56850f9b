-- finds: read public.support_tickets
-- ~* takes the caller's address for a regular expression.
create table public.support_tickets (
    id bigint generated always as identity primary key,
    requester_email text not null,
    subject text not null
);
alter table public.support_tickets enable row level security;
create policy own on public.support_tickets for select to authenticated using (requester_email ~* (auth.jwt() ->> 'email'));
