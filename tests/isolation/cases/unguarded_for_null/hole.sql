-- finds: routine public.export_user_data(uuid)
-- <> with NULL is not true: nobody signed in passes the guard.
create table public.journal (
    id bigint generated always as identity primary key,
    user_id uuid not null references auth.users (id),
    entry text not null
);
alter table public.journal enable row level security;
create policy own on public.journal for select to authenticated using (user_id = (select auth.uid()));
create function public.export_user_data(p_user uuid) returns setof public.journal language plpgsql stable
security definer set search_path = '' as $$
begin
    if p_user <> auth.uid() then
        raise exception 'forbidden' using errcode = '42501';
    end if;
    return query select j.* from public.journal j where j.user_id = p_user;
end $$;
