alter policy company on public.company_files using (contact_email = auth.jwt() ->> 'email');
