drop policy join_self on public.workspace_members;
