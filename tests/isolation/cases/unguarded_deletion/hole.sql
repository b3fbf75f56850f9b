-- finds: routine public.delete_document(uuid)
-- on: workspaces
-- The owner's rights, the caller's identifier.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    title text not null
);
alter table public.documents enable row level security;
create policy member on public.documents for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create function public.delete_document(p_document uuid) returns boolean language plpgsql security definer
set search_path = '' as $$
begin
    if auth.uid() is null then
        raise exception 'sign in' using errcode = '42501';
    end if;
    delete from public.documents where id = p_document;
    return found;
end $$;
