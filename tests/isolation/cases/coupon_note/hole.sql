-- finds: routine public.note_of(text)
-- Who knows a code reads the note beside it: what was typed excuses itself alone.
create table public.coupons (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    code text not null unique,
    note text
);
alter table public.coupons enable row level security;
create policy own on public.coupons for select to authenticated using (user_id = (select auth.uid()));
revoke insert, update, delete on public.coupons from anon, authenticated;
create function public.note_of(p_code text) returns text language sql stable security definer set search_path = '' as
$$ select c.note from public.coupons c where c.code = p_code $$;
