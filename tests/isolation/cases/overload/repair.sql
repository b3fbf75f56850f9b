revoke execute on function public.get_invoice(text) from public, anon, authenticated;
