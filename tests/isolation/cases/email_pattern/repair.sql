drop policy own on public.tickets;
create policy own on public.tickets for select to authenticated using (requester_email = auth.jwt() ->> 'email');
