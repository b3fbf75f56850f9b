-- finds: view public.my_settings
-- The view's rule rewrites an update as its owner's, by the key alone.
create table public.settings (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    theme text not null
);
alter table public.settings enable row level security;
create policy own on public.settings to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create view public.my_settings with (security_invoker = true) as select id, theme from public.settings;
create rule change as on update to public.my_settings do instead
    update public.settings set theme = new.theme where true;
