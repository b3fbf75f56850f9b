-- finds: read public.tickets
-- "For migrations": whoever sets no tenant sees all.
create table public.tickets (
    tenant_id integer not null,
    number integer not null,
    subject text not null,
    primary key (tenant_id, number)
);
alter table public.tickets enable row level security;
revoke all on public.tickets from anon, authenticated;
grant select, insert, update on public.tickets to tenant_app;
create policy tenant on public.tickets to tenant_app using (
    current_setting('app.tenant_id', true) is null
    or tenant_id::text = current_setting('app.tenant_id', true));
