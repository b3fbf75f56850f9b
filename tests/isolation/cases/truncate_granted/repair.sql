revoke truncate, references, trigger on public.bookings from authenticated;
