alter table public.onboarding_answers enable row level security;
