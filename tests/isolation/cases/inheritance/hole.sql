-- finds: partition or child public.archived_notes
-- Row security does not descend: the child that inherits is read under policies of its own, and it has none.
create table public.notes (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    body text not null
);
create table public.archived_notes (primary key (id), foreign key (owner_id) references auth.users (id))
    inherits (public.notes);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated using (owner_id = auth.uid()) with check (owner_id = auth.uid());
grant select, insert, update, delete on public.notes, public.archived_notes to authenticated;
