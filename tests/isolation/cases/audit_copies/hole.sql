-- finds: read public.contracts
-- A journal that nobody may read keeps a copy of each row: that makes nothing public.
create table public.contracts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    customer text not null
);
create schema journal;
create table journal.changes (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    relation text not null,
    row jsonb
);
create function journal.keep() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    insert into journal.changes (relation, row) values (tg_table_name, to_jsonb(coalesce(new, old)));
    return coalesce(new, old);
end $$;
create trigger keep after insert or update or delete on public.contracts
    for each row execute function journal.keep();
alter table public.contracts enable row level security;
create policy reads on public.contracts for select to authenticated using (true);
create policy adds on public.contracts for insert to authenticated with check (user_id = (select auth.uid()));
