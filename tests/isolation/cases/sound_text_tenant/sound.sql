-- The tenant's id is a uuid in the claims and a text in the table, in which a domain keeps its shape.
create domain public.tenant_key as text check (value ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$');
create table public.accounts (
    tenant_id public.tenant_key not null,
    number integer not null check (number > 0),
    title text not null,
    primary key (tenant_id, number)
);
create table public.bookings (
    tenant_id public.tenant_key not null,
    account integer not null,
    booked_at timestamptz not null default now(),
    told text not null,
    id bigint generated always as identity,
    primary key (tenant_id, id),
    foreign key (tenant_id, account) references public.accounts (tenant_id, number) on delete cascade
);
alter table public.accounts enable row level security;
alter table public.bookings enable row level security;
create policy own on public.accounts to authenticated
    using (tenant_id = (select auth.jwt() -> 'app_metadata' ->> 'tenant_id'))
    with check (tenant_id = (select auth.jwt() -> 'app_metadata' ->> 'tenant_id'));
create policy own on public.bookings to authenticated
    using (tenant_id = (select auth.jwt() -> 'app_metadata' ->> 'tenant_id'))
    with check (tenant_id = (select auth.jwt() -> 'app_metadata' ->> 'tenant_id'));
