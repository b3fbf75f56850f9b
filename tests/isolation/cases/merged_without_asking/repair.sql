create or replace function public.save_contact(p_id uuid, p_name text) returns void
language sql security definer set search_path = '' as $$
    merge into public.contacts c using (values (p_id, p_name)) as given (id, name) on c.id = given.id
    when matched and c.user_id = auth.uid() then update set name = given.name
    when not matched then insert (id, user_id, name) values (given.id, auth.uid(), given.name) $$;
