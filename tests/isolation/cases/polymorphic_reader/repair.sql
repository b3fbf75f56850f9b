alter function public.notes_of(anyelement) security invoker;
