create or replace function app.stamp_review() returns trigger language plpgsql set search_path = '' as $$
begin
    new.user_id := auth.uid();
    return new;
end $$;
