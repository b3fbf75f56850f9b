-- finds: routine public.transfer_item(uuid, uuid)
-- Items may be given away, also those of others.
create table public.items (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    name text not null
);
alter table public.items enable row level security;
create policy own on public.items for select to authenticated using (owner_id = (select auth.uid()));
create function public.transfer_item(item_id uuid, new_owner_id uuid) returns void language sql security definer
set search_path = '' as $$ update public.items set owner_id = new_owner_id where id = item_id $$;
