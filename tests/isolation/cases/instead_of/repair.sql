create or replace function app.write_task() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    insert into public.tasks (id, user_id, title) values (coalesce(new.id, gen_random_uuid()), auth.uid(), new.title);
    return new;
end $$;
