-- One preference for each user and name: ON CONFLICT finds one's own alone, whatever the name.
create table public.preferences (
    user_id uuid not null references auth.users (id),
    name text not null,
    value text not null,
    primary key (user_id, name)
);
alter table public.preferences enable row level security;
create policy own on public.preferences to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function public.prefer(p_name text, p_value text) returns void language sql set search_path = '' as $$
    insert into public.preferences (user_id, name, value) values (auth.uid(), p_name, p_value)
    on conflict (user_id, name) do update set value = excluded.value $$;
