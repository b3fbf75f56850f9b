-- finds: leaky predicate public.accounts
-- Whoever says that a function tells nothing, has it run before the policy.
create table public.accounts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    number text not null
);
alter table public.accounts enable row level security;
create policy own on public.accounts for select to authenticated using (user_id = auth.uid());
create function public.well_formed(text) returns boolean language plpgsql immutable leakproof cost 0.0001 set search_path = '' as $$
begin
    if $1 !~ '^[0-9]+$' then
        raise notice 'not a number: %', $1;
    end if;
    return true;
end $$;
