-- finds: read public.audit_entries
-- A setting that a transaction had is empty afterwards, not absent, and empty means all.
create table public.audit_entries (
    id bigint generated always as identity primary key,
    org text not null,
    entry text not null
);
alter table public.audit_entries enable row level security;
revoke all on public.audit_entries from anon, authenticated;
grant select, insert on public.audit_entries to tenant_app;
create policy org on public.audit_entries to tenant_app using (
    coalesce(current_setting('app.org', true), '-') in (org, ''))
    with check (org = current_setting('app.org', true));
