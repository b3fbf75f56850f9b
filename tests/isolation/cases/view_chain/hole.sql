-- finds: view public.open_cases
-- An invoker's view over an owner's view still reads as the owner.
create table public.cases (
    id uuid primary key default gen_random_uuid(),
    lawyer_id uuid not null references auth.users (id),
    state text not null default 'open' check (state in ('open', 'closed')),
    summary text not null
);
alter table public.cases enable row level security;
create policy own on public.cases for select to authenticated using (lawyer_id = (select auth.uid()));
create view app.all_cases as select * from public.cases;
grant select on app.all_cases to authenticated;
create view public.open_cases with (security_invoker = true, security_barrier = true) as
    select id, lawyer_id, summary from app.all_cases where state = 'open';
revoke insert, update, delete on public.open_cases from anon, authenticated;
