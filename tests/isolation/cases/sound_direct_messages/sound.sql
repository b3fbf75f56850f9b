-- Who sends and who receives own the message; sending binds the sender.
create table public.direct_messages (
    id uuid primary key default gen_random_uuid(),
    sender_id uuid not null references auth.users (id),
    recipient_id uuid not null references auth.users (id),
    body text not null
);
alter table public.direct_messages enable row level security;
create policy involved on public.direct_messages for select to authenticated
    using ((select auth.uid()) in (sender_id, recipient_id));
create policy send on public.direct_messages for insert to authenticated with check (sender_id = (select auth.uid()));
