-- The policy lets every row in, for the trigger stamps who writes, whatever the client says.
create table public.reviews (
    id uuid primary key default gen_random_uuid(),
    user_id uuid references auth.users (id),
    body text not null
);
create function app.stamp_review() returns trigger language plpgsql set search_path = '' as $$
begin
    new.user_id := auth.uid();
    return new;
end $$;
create trigger stamp before insert or update on public.reviews for each row execute function app.stamp_review();
alter table public.reviews enable row level security;
create policy read on public.reviews for select to authenticated using (user_id = (select auth.uid()));
create policy add on public.reviews for insert to authenticated with check (auth.uid() is not null);
create policy change on public.reviews for update to authenticated using (user_id = (select auth.uid()));
