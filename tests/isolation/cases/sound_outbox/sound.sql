-- What happened is put into an outbox for the worker, which nobody else reads.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    article text not null
);
create table public.outbox (id bigint generated always as identity primary key, user_id uuid, event jsonb not null);
alter table public.orders enable row level security;
alter table public.outbox enable row level security;
revoke all on public.outbox from anon, authenticated;
create function app.remember() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    insert into public.outbox (event) values (to_jsonb(new));
    return null;
end $$;
create trigger remember after insert on public.orders for each row execute function app.remember();
create policy own on public.orders to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
