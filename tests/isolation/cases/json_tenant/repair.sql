alter function public.nearest(integer) security invoker;
