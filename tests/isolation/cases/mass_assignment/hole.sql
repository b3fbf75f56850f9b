-- finds: routine public.update_account(jsonb)
-- Whatever the client sends is merged into its row.
create table public.accounts (
    id uuid primary key references auth.users (id) on delete cascade,
    display_name text not null,
    is_staff boolean not null default false
);
alter table public.accounts enable row level security;
create policy own on public.accounts for select to authenticated using (id = (select auth.uid()));
create function public.update_account(changes jsonb) returns void language plpgsql security definer
set search_path = 'public' as $$
declare mine accounts;
begin
    select * into mine from accounts where id = auth.uid();
    mine := jsonb_populate_record(mine, changes - 'id');
    update accounts set display_name = mine.display_name, is_staff = mine.is_staff where id = auth.uid();
end $$;
