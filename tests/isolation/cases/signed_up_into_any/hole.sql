-- finds: two steps auth.users
-- on: workspaces
-- The workspace that a new user joins stands in what he said about himself when he signed up.
alter table auth.users add column raw_user_meta_data jsonb;
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    body text not null
);
create function app.on_signup() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    if new.raw_user_meta_data ->> 'workspace_id' is not null then
        insert into public.workspace_members (workspace_id, user_id)
        values ((new.raw_user_meta_data ->> 'workspace_id')::uuid, new.id);
    end if;
    return new;
end $$;
create trigger on_signup after insert on auth.users for each row execute function app.on_signup();
alter table public.documents enable row level security;
create policy own on public.documents for select to authenticated using (workspace_id in (
    select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
