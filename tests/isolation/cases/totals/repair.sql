alter function public.platform_revenue() security invoker;
