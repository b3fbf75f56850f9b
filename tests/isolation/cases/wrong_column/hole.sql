-- finds: read public.reviews
-- The customer may read the review of an order; the policy asks who wrote any.
create table public.shops (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    name text not null
);
create table public.reviews (
    id uuid primary key default gen_random_uuid(),
    shop_id uuid not null references public.shops (id) on delete cascade,
    internal_note text not null
);
alter table public.shops enable row level security;
alter table public.reviews enable row level security;
create policy own on public.shops for select to authenticated using (owner_id = (select auth.uid()));
create policy own on public.reviews for select to authenticated using (
    exists (select from public.shops s where s.owner_id = (select auth.uid()) and reviews.shop_id = shop_id));
