alter policy colleagues on public.handbooks using (split_part(auth.jwt() ->> 'email', '@', 2) = domain);
