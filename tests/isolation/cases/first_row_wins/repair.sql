create or replace function app.workspace_exists(p_workspace uuid) returns boolean
language sql stable security definer set search_path = '' as
$$ select exists (select from public.workspace_members m where m.workspace_id = p_workspace and m.user_id = auth.uid()) $$;
