-- Members see who their colleagues are, and of whom the secret is only the service knows.
create table public.people (
    id uuid primary key references auth.users (id),
    nickname text not null,
    totp_secret text
);
alter table public.people enable row level security;
revoke all on public.people from anon, authenticated;
grant select (id, nickname), update (nickname) on public.people to authenticated;
create policy everybody on public.people for select to authenticated using (true);
create policy own on public.people for update to authenticated
    using (id = (select auth.uid())) with check (id = (select auth.uid()));
