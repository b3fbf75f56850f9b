create or replace function app.user_id() returns uuid language plpgsql stable security definer set search_path = '' as $$
begin
    return (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid;
end $$;
