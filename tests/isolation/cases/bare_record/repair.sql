alter function public.ledger_line(uuid) security invoker;
