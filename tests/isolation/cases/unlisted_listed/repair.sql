alter policy shown on public.videos using (visibility = 'public');
