drop policy lookup on public.invitations;
create policy invited on public.invitations for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
