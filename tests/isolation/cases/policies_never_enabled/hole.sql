-- finds: read public.onboarding_answers
-- The policies were written, and nothing ever switched them on.
create table public.onboarding_answers (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    step integer not null default 1,
    answers jsonb not null default '{}'
);
create policy own on public.onboarding_answers to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
