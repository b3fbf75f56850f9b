alter table public.events_other enable row level security;
