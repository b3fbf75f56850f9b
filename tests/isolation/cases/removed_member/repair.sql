alter policy member on public.messages using (room_id in (
    select m.room_id from public.room_members m where m.user_id = (select auth.uid()) and m.removed_at is null));
