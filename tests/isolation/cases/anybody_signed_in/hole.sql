-- finds: read public.medical_notes
create table public.medical_notes (
    id uuid primary key default gen_random_uuid(),
    patient_id uuid not null references auth.users (id),
    note text not null
);
alter table public.medical_notes enable row level security;
create policy signed_in on public.medical_notes for select using ((select auth.uid()) is not null);
