alter policy shown on public.diaries using (not is_private);
