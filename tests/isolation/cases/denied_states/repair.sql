drop policy live on public.posts;
