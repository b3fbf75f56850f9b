-- The tenant is set for the transaction, text, and no setting is nobody.
create table public.customers (tenant text not null, code text not null, name text not null, primary key (tenant, code));
create table public.orders (
    tenant text not null,
    number integer not null,
    customer_code text not null,
    primary key (tenant, number),
    foreign key (tenant, customer_code) references public.customers (tenant, code)
);
alter table public.customers enable row level security;
alter table public.orders enable row level security;
revoke all on public.customers, public.orders from anon, authenticated;
grant select, insert, update, delete on public.customers, public.orders to tenant_app;
create policy tenant on public.customers to tenant_app using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy tenant on public.orders to tenant_app using (tenant = nullif(current_setting('app.tenant', true), ''));
