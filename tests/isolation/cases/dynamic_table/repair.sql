alter function public.row_count(text) security invoker;
