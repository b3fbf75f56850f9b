-- finds: two steps public.attachments
-- An attachment may be hung onto any message, and who has one there may read the message.
create table public.messages (
    id uuid primary key default gen_random_uuid(),
    sender_id uuid not null references auth.users (id),
    body text not null
);
create table public.attachments (
    id uuid primary key default gen_random_uuid(),
    message_id uuid not null references public.messages (id) on delete cascade,
    uploaded_by uuid not null references auth.users (id),
    file_name text not null
);
alter table public.messages enable row level security;
alter table public.attachments enable row level security;
create policy own on public.attachments for select to authenticated using (uploaded_by = (select auth.uid()));
create policy move on public.attachments for update to authenticated using (uploaded_by = (select auth.uid()));
create policy own on public.messages for select to authenticated using (sender_id = (select auth.uid()) or id in (
    select a.message_id from public.attachments a where a.uploaded_by = (select auth.uid())));
