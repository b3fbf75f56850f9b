alter policy admin on public.salaries using ((auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');
