-- finds: read public.reports
create table public.reports (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    confidentiality smallint not null default 3,
    body text not null
);
alter table public.reports enable row level security;
create policy own on public.reports for select to authenticated
    using (user_id = (select auth.uid()) or confidentiality < 1);
