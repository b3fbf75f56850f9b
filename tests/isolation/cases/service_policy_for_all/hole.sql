-- finds: read public.subscriptions
-- on: workspaces
-- What was meant for the service has no TO, so it is everybody's.
create table public.subscriptions (
    workspace_id uuid primary key references public.workspaces (id) on delete cascade,
    plan text not null default 'free' check (plan in ('free', 'pro', 'team')),
    stripe_customer text
);
alter table public.subscriptions enable row level security;
create policy member on public.subscriptions for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy "Service role manages subscriptions" on public.subscriptions using (true) with check (true);
