alter function public.contacts_by_ids(uuid[]) security invoker;
