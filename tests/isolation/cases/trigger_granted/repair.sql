revoke trigger on public.payments from authenticated;
