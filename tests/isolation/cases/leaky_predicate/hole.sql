-- finds: leaky predicate public.my_salaries
-- The view filters, but without a barrier the caller's own function is run on each row first.
create table public.salaries (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    remark text not null
);
alter table public.salaries enable row level security;
create view public.my_salaries as select id, user_id, remark from public.salaries where user_id = auth.uid();
revoke insert, update, delete on public.my_salaries from anon, authenticated;
