-- finds: view public.my_cards
-- Through the view only one's own cards are seen, but anybody's can be written.
create table public.cards (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    label text not null
);
alter table public.cards enable row level security;
create view public.my_cards with (security_barrier = true) as
    select id, user_id, label from public.cards where user_id = auth.uid();
