-- finds: notification user_…
-- One channel for each user, which everybody may listen to.
create table public.payments (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    card text not null
);
alter table public.payments enable row level security;
create policy own on public.payments to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function app.tell() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    perform pg_notify('user_' || new.user_id, row_to_json(new)::text);
    return null;
end $$;
create trigger tell after insert on public.payments for each row execute function app.tell();
