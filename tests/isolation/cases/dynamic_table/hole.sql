-- finds: interference public.row_count(text)
-- Any table's name will do.
create table public.leads (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    company text not null
);
alter table public.leads enable row level security;
create policy own on public.leads for select to authenticated using (user_id = (select auth.uid()));
create function public.row_count(table_name text) returns bigint language plpgsql stable security definer
set search_path = 'public' as $$
declare n bigint;
begin
    execute format('select count(*) from %I', table_name) into n;
    return n;
end $$;
