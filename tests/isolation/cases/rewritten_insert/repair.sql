drop rule file on public.inbox;
