drop policy shared on public.boards;
