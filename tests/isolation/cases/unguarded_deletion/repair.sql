alter function public.delete_document(uuid) security invoker;
