-- on: workspaces
-- A routine with its owner's rights that asks first, answers alike for what is absent and what is foreign.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    title text not null
);
alter table public.documents enable row level security;
create policy member on public.documents for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create function public.rename_document(p_document uuid, p_title text) returns void language plpgsql security definer
set search_path = '' as $$
begin
    update public.documents d set title = p_title where d.id = p_document and exists (
        select from public.workspace_members m where m.workspace_id = d.workspace_id and m.user_id = auth.uid());
    if not found then
        raise exception 'no such document' using errcode = 'P0002';
    end if;
end $$;
