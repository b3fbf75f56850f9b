alter policy "Service role manages subscriptions" on public.subscriptions to service_role;
