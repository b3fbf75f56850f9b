alter policy own on public.support_tickets using (lower(requester_email) = lower(auth.jwt() ->> 'email'));
