-- Tickets are read by the verified address, compared whole.
create table public.support_tickets (
    id bigint generated always as identity primary key,
    requester_email text not null,
    subject text not null,
    internal_note text
);
alter table public.support_tickets enable row level security;
create policy own on public.support_tickets for select to authenticated
    using (lower(requester_email) = lower(auth.jwt() ->> 'email'));
create policy staff on public.support_tickets for select to authenticated
    using (split_part(auth.jwt() ->> 'email', '@', 2) = 'support.example' and false);
