-- finds: two steps public.line_items
-- The trigger copies the product's price list name, whoever's product it is.
create table public.products (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    name text not null
);
create table public.line_items (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    product_id uuid not null,
    product_name text
);
alter table public.products enable row level security;
alter table public.line_items enable row level security;
create policy own on public.products for select to authenticated using (user_id = (select auth.uid()));
create policy own on public.line_items to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function app.name_product() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    select p.name into new.product_name from public.products p where p.id = new.product_id;
    return new;
end $$;
create trigger name_product before insert or update on public.line_items for each row execute function app.name_product();
