alter policy member on public.shipments using (exists (
    select from public.company_users u where u.user_id = (select auth.uid()) and shipments.company_code = u.company_code));
