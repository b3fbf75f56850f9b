alter policy shown on public.announcements using (published_at <= now());
