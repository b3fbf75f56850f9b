-- finds: view public.all_letters
-- One branch of the view asks whose row it is, the other does not.
create table public.letters (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
create table public.old_letters (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.letters enable row level security;
alter table public.old_letters enable row level security;
create policy own on public.letters for select to authenticated using (user_id = (select auth.uid()));
create view public.all_letters with (security_barrier) as
    select id, body from public.letters where user_id = auth.uid()
    union all select id, body from public.old_letters;
