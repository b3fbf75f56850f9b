alter policy staff on public.payouts using (auth.jwt() ->> 'email' like '%@acme.com');
