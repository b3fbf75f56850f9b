-- finds: existence oracle public.coupons
-- No key knows all tenants' codes, but the trigger that compares them does.
create table public.coupons (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    code text not null
);
alter table public.coupons enable row level security;
create policy own on public.coupons to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function app.refuse_taken() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    if exists (select from public.coupons c where c.code = new.code and c.id <> new.id) then
        raise exception 'this code is taken';
    end if;
    return new;
end $$;
create trigger refuse_taken before insert or update on public.coupons for each row execute function app.refuse_taken();
