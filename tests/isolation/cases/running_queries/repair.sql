revoke execute on function public.running_queries() from authenticated;
