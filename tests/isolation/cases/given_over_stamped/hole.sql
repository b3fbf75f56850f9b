-- finds: write public.reviews
-- The trigger stamps who writes, unless the client says who.
create table public.reviews (
    id uuid primary key default gen_random_uuid(),
    user_id uuid references auth.users (id),
    body text not null
);
create function app.stamp_review() returns trigger language plpgsql set search_path = '' as $$
begin
    new.user_id := coalesce(new.user_id, auth.uid());
    return new;
end $$;
create trigger stamp before insert on public.reviews for each row execute function app.stamp_review();
alter table public.reviews enable row level security;
create policy read on public.reviews for select to authenticated using (user_id = (select auth.uid()));
create policy add on public.reviews for insert to authenticated with check (true);
