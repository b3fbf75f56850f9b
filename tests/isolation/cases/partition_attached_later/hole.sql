-- finds: partition or child public.meter_readings_2026
-- A partition that was a table of its own is attached, and keeps the grants that it had.
create table public.meter_readings (
    meter integer not null,
    user_id uuid not null references auth.users (id),
    read_at date not null,
    kwh numeric(12, 3) not null,
    primary key (meter, read_at)
) partition by range (read_at);
alter table public.meter_readings enable row level security;
create policy own on public.meter_readings for select to authenticated using (user_id = (select auth.uid()));
create table public.meter_readings_2026 (like public.meter_readings including all);
alter table public.meter_readings attach partition public.meter_readings_2026
    for values from ('2026-01-01') to ('2027-01-01');
