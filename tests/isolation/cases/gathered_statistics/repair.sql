alter view public.column_statistics set (security_invoker = true);
