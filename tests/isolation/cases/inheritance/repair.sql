alter table public.archived_notes enable row level security;
create policy own on public.archived_notes to authenticated
    using (owner_id = auth.uid()) with check (owner_id = auth.uid());
