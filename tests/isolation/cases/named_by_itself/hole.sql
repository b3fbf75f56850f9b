-- finds: read public.exports
-- The nightly export is known by its name, and anybody may call himself so.
create table public.exports (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.exports enable row level security;
create policy own on public.exports for select to authenticated using (user_id = (select auth.uid()));
create policy nightly on public.exports for select to authenticated
    using (current_setting('application_name') = 'nightly-export');
