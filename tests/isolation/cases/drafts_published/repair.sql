alter policy published on public.articles using (status = 'published');
