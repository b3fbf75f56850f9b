revoke execute on function public.transfer_item(uuid, uuid) from public, anon, authenticated;
