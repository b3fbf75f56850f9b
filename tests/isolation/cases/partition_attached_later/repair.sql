alter table public.meter_readings_2026 enable row level security;
