-- finds: write public.inbox
-- A rule files what is sent to the inbox, as its owner, with whoever is named as the sender.
create table public.mails (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    body text not null
);
create table public.inbox (owner_id uuid not null references auth.users (id), body text not null);
alter table public.mails enable row level security;
alter table public.inbox enable row level security;
create policy own on public.mails for select to authenticated using (owner_id = (select auth.uid()));
create policy own on public.inbox for select to authenticated using (owner_id = (select auth.uid()));
create rule file as on insert to public.inbox do instead insert into public.mails (owner_id, body) values (new.owner_id, new.body);
