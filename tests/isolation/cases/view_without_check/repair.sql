create or replace view public.my_cards with (security_barrier = true) as
    select id, user_id, label from public.cards where user_id = auth.uid() with check option;
