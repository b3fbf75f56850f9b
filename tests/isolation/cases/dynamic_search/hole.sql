-- finds: routine public.search_notes(text)
-- The search term becomes SQL.
create table public.notes (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (user_id = (select auth.uid()));
create function public.search_notes(q text) returns setof public.notes language plpgsql stable security definer
set search_path = '' as $$
begin
    return query execute 'select * from public.notes where user_id = auth.uid() and body like ''%' || q || '%''';
end $$;
