alter table public.bookings drop constraint bookings_overlap;
alter table public.bookings add constraint bookings_overlap exclude using gist (user_id with =, slot with &&);
