-- What signup, login and membership need across tenants: narrow functions, owned by a role that cannot log in.
-- Those of the worker take the person they act for; those of a caller take nobody: the caller is auth.uid().
set local role raptorflow_definer;

create function private.slug(p_name text, p_number text) returns text
language plpgsql stable security definer set search_path = '' as $$
declare
    word text := coalesce(nullif(trim(both '-' from left(regexp_replace(lower(p_name), '[^a-z0-9]+', '-', 'g'), 40)), ''),
                          'workspace');
    candidate text := word || '-' || p_number;
    n integer := 1;
begin
    while exists (select from public.workspaces where slug = candidate) loop
        n := n + 1;
        candidate := word || '-' || n || '-' || p_number;
    end loop;
    return candidate;
end $$;

create function private.found_workspace(p_owner uuid, p_name text, p_at timestamptz) returns uuid
language plpgsql set search_path = '' as $$
declare made uuid; number text;
begin
    select identification_number into strict number from public.users where id = p_owner;
    insert into public.workspaces (name, slug, owner_id, owner_identification_number, created_at)
        values (p_name, private.slug(p_name, number), p_owner, number, p_at) returning id into made;
    insert into public.workspace_members (workspace_id, user_id, role, joined_at) values (made, p_owner, 'owner', p_at);
    return made;
end $$;

-- An invitation and the signup of its address take turns: whichever is second sees the first.
create function private.lock_address(p_email text) returns void
language sql set search_path = '' as
$$ select pg_advisory_xact_lock(hashtextextended(lower(p_email), 0)) $$;

create function private.sign_up(p_user uuid, p_email text, p_password_hash text, p_full_name text, p_workspace text,
                                p_at timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
    perform private.lock_address(p_email);
    insert into auth.users (id, email, encrypted_password, created_at) values (p_user, p_email, p_password_hash, p_at);
    insert into public.users (id, email, created_at) values (p_user, p_email, p_at);
    insert into public.profiles (user_id, full_name, updated_at) values (p_user, p_full_name, p_at);
    perform private.found_workspace(p_user, p_workspace, p_at);
    insert into public.workspace_members (workspace_id, user_id, role, joined_at)
        select workspace_id, p_user, role, p_at from public.invitations
         where lower(email) = lower(p_email) and accepted_at is null;
    update public.invitations set accepted_at = p_at where lower(email) = lower(p_email) and accepted_at is null;
end $$;

create function private.credentials(p_email text) returns table (user_id uuid, email text, password_hash text)
language sql stable security definer set search_path = '' as
$$ select id, email, encrypted_password from auth.users where lower(email) = lower(p_email) $$;

create function private.renew_hash(p_user uuid, p_password_hash text) returns void
language sql security definer set search_path = '' as
$$ update auth.users set encrypted_password = p_password_hash where id = p_user $$;

create function private.open_session(p_session uuid, p_user uuid, p_at timestamptz, p_expires timestamptz) returns void
language sql security definer set search_path = '' as $$
    insert into auth.sessions (id, user_id, created_at, rotated_at, expires_at)
    values (p_session, p_user, p_at, p_at, p_expires)
$$;

-- A session's refresh tokens carry its generation. The present one rotates it ('rotated'); the one before it, within
-- the grace that a browser with two tabs needs, is let through without rotation ('kept'); any older one is a theft:
-- the whole family ends ('revoked').
create function private.rotate_session(p_session uuid, p_generation integer, p_at timestamptz, p_expires timestamptz,
                                       p_grace interval)
returns table (outcome text, user_id uuid, email text, generation integer)
language plpgsql security definer set search_path = '' as $$
declare held auth.sessions;
begin
    select * into held from auth.sessions s where s.id = p_session for update;
    if held.id is null or held.revoked_at is not null or held.expires_at <= p_at then
        outcome := 'gone';
    elsif held.generation = p_generation then
        update auth.sessions s set generation = s.generation + 1, rotated_at = p_at, expires_at = p_expires
         where s.id = p_session;
        outcome := 'rotated'; held.generation := held.generation + 1;
    elsif held.generation = p_generation + 1 and p_at < held.rotated_at + p_grace then
        outcome := 'kept';
    else
        update auth.sessions s set revoked_at = p_at where s.id = p_session;
        outcome := 'revoked';
    end if;
    return query select rotate_session.outcome, u.id, u.email, held.generation
                   from (select 1) as always left join auth.users u on u.id = held.user_id;
end $$;

create function private.end_session(p_at timestamptz) returns void
language sql security definer set search_path = '' as $$
    update auth.sessions set revoked_at = p_at
     where id = (auth.jwt() ->> 'session_id')::uuid and user_id = auth.uid() and revoked_at is null
$$;

create function private.note_login_failure(p_digest bytea, p_at timestamptz, p_since timestamptz) returns void
language sql security definer set search_path = '' as $$
    delete from auth.login_failures where address_digest = p_digest and failed_at < p_since;
    insert into auth.login_failures (address_digest, failed_at) values (p_digest, p_at);
$$;

create function private.login_failures(p_digest bytea, p_since timestamptz)
returns table (failures bigint, oldest timestamptz)
language sql stable security definer set search_path = '' as $$
    select count(*), min(failed_at) from auth.login_failures where address_digest = p_digest and failed_at >= p_since
$$;

create function private.forget_login_failures(p_digest bytea) returns void
language sql security definer set search_path = '' as
$$ delete from auth.login_failures where address_digest = p_digest $$;

-- Who the caller is in this request: is the session alive, and in which workspace do they act? Without a wish, in
-- their first one (their own before those that they were invited to). No row: the session has ended.
create function private.request_context(p_workspace uuid, p_at timestamptz)
returns table (workspace_id uuid, role text, has_bcm boolean)
language sql stable security definer set search_path = '' as $$
    select m.workspace_id, m.role, exists (select from public.bcm_manifests b where b.workspace_id = m.workspace_id)
      from auth.sessions s
      left join lateral (
            select wm.workspace_id, wm.role
              from public.workspace_members wm join public.workspaces w on w.id = wm.workspace_id
             where wm.user_id = s.user_id and wm.is_active and (p_workspace is null or wm.workspace_id = p_workspace)
             order by (w.owner_id = s.user_id) desc, wm.joined_at, wm.workspace_id limit 1) as m on true
     where s.id = (auth.jwt() ->> 'session_id')::uuid and s.user_id = auth.uid()
       and s.revoked_at is null and s.expires_at > p_at
$$;

create function private.create_workspace(p_name text, p_at timestamptz) returns uuid
language plpgsql security definer set search_path = '' as $$
begin
    if auth.uid() is null then
        raise exception 'nobody is signed in' using errcode = 'insufficient_privilege';
    end if;
    return private.found_workspace(auth.uid(), p_name, p_at);
end $$;

create function private.caller_rank(p_workspace uuid) returns integer
language sql stable security definer set search_path = '' as $$
    select coalesce((select private.rank(role) from public.workspace_members
                      where workspace_id = p_workspace and user_id = auth.uid() and is_active), 0)
$$;

-- The same answer whether or not the address has an account: who has one becomes a member, who has not is invited.
create function private.invite(p_workspace uuid, p_email text, p_role text, p_at timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
declare known uuid;
begin
    if private.caller_rank(p_workspace) < 2 or private.rank(p_role) > private.caller_rank(p_workspace) then
        raise exception 'the caller may not invite here' using errcode = 'insufficient_privilege';
    end if;
    perform private.lock_address(p_email);
    select id into known from auth.users where lower(email) = lower(p_email);
    if known is null then
        insert into public.invitations (workspace_id, email, role, invited_by, created_at)
            values (p_workspace, p_email, p_role, auth.uid(), p_at)
            on conflict (workspace_id, lower(email)) where accepted_at is null do nothing;
    else
        insert into public.workspace_members as m (workspace_id, user_id, role, joined_at)
            values (p_workspace, known, p_role, p_at)
            on conflict (workspace_id, user_id) do update
                set role = excluded.role, is_active = true, joined_at = excluded.joined_at, removed_at = null
                where not m.is_active;
    end if;
end $$;

-- 'removed', 'unknown', 'forbidden' or 'last owner'.
create function private.remove_member(p_workspace uuid, p_user uuid, p_at timestamptz) returns text
language plpgsql security definer set search_path = '' as $$
declare own integer; theirs text;
begin
    own := private.caller_rank(p_workspace);
    if own = 0 then
        return 'unknown';
    end if;
    perform from public.workspaces where id = p_workspace for update;
    select role into theirs from public.workspace_members
     where workspace_id = p_workspace and user_id = p_user and is_active;
    if theirs is null then
        return 'unknown';
    elsif p_user <> auth.uid() and own <= least(private.rank(theirs), 2) and own < 3 then
        return 'forbidden';
    elsif theirs = 'owner' and not exists (
        select from public.workspace_members
         where workspace_id = p_workspace and user_id <> p_user and is_active and role = 'owner') then
        return 'last owner';
    end if;
    update public.workspace_members set is_active = false, removed_at = p_at
     where workspace_id = p_workspace and user_id = p_user;
    return 'removed';
end $$;

reset role;
revoke all on all functions in schema private from public;
grant execute on function private.request_context(uuid, timestamptz), private.end_session(timestamptz),
    private.create_workspace(text, timestamptz), private.invite(uuid, text, text, timestamptz),
    private.remove_member(uuid, uuid, timestamptz) to authenticated;
grant execute on function private.sign_up(uuid, text, text, text, text, timestamptz), private.credentials(text),
    private.renew_hash(uuid, text), private.open_session(uuid, uuid, timestamptz, timestamptz),
    private.rotate_session(uuid, integer, timestamptz, timestamptz, interval),
    private.note_login_failure(bytea, timestamptz, timestamptz), private.login_failures(bytea, timestamptz),
    private.forget_login_failures(bytea) to raptorflow_worker;
