alter policy own on public.reviews using (
    exists (select from public.shops s where s.owner_id = (select auth.uid()) and reviews.shop_id = s.id));
