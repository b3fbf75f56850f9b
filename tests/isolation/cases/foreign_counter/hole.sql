-- finds: trigger public.votes
-- The counter is kept in whatever poll the vote names.
create table public.polls (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    question text not null,
    votes integer not null default 0
);
create table public.votes (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    poll_id uuid not null references public.polls (id) on delete cascade,
    choice integer not null default 1
);
alter table public.polls enable row level security;
alter table public.votes enable row level security;
create policy own on public.polls for select to authenticated using (user_id = (select auth.uid()));
create policy own on public.votes to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function app.count_vote() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    update public.polls set votes = votes + 1 where id = new.poll_id;
    return null;
end $$;
create trigger count_vote after insert on public.votes for each row execute function app.count_vote();
