-- finds: read public.reports
-- The tenant comes from a header that any client can send.
create table public.reports (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    title text not null
);
alter table public.reports enable row level security;
create policy tenant on public.reports for select to authenticated
    using (tenant_id::text = current_setting('request.headers', true)::json ->> 'x-tenant-id');
