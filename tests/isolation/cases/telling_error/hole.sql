-- finds: routine public.rename_project(uuid, text)
-- The refusal quotes what it refuses.
create table public.projects (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    name text not null
);
alter table public.projects enable row level security;
create policy own on public.projects for select to authenticated using (user_id = (select auth.uid()));
create function public.rename_project(p_project uuid, p_name text) returns void language plpgsql security definer
set search_path = '' as $$
declare found public.projects;
begin
    select * into found from public.projects where id = p_project;
    if found.user_id is distinct from auth.uid() then
        raise exception 'project % is not yours', found.name using errcode = '42501';
    end if;
    update public.projects set name = p_name where id = p_project;
end $$;
