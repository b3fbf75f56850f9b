-- on: workspaces
-- A deferred check by trigger looks within the workspace alone, as its owner.
create table public.labels (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    name text not null
);
create function app.refuse_twice() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    if (select count(*) from public.labels l where l.name = new.name and l.workspace_id = new.workspace_id) > 1 then
        raise exception 'there is a label of that name' using errcode = 'unique_violation';
    end if;
    return null;
end $$;
create constraint trigger refuse_twice after insert or update on public.labels
    deferrable initially immediate for each row execute function app.refuse_twice();
alter table public.labels enable row level security;
create policy own on public.labels to authenticated
    using (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())))
    with check (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
