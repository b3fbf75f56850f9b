alter policy bound on public.events to authenticated;
