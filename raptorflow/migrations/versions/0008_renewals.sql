-- A renewal whose answer got lost may be asked for again, for as long as nobody has used what it gave.
alter table auth.sessions add column used_generation integer not null default 0;
comment on column auth.sessions.used_generation is 'The newest generation of which an access token was seen.';

set local role raptorflow_definer;

-- Of sessions from before nobody knows: what they were given counts as used.
update auth.sessions set used_generation = generation;

drop function private.rotate_session(uuid, integer, timestamptz, timestamptz, interval);

-- A session's refresh tokens carry its generation, and so do the access tokens that came with them. The present refresh
-- token rotates the session ('rotated'). The one before it gives the same answer again ('repeated') until a token of
-- that answer was used: it may have been lost on its way. For p_under_way longer it lets a request through that was
-- sent before the answer came ('late'), and gives it nothing. Anything older is a theft: the family ends ('revoked').
create function private.rotate_session(p_session uuid, p_generation integer, p_at timestamptz, p_expires timestamptz,
                                       p_under_way interval)
returns table (outcome text, user_id uuid, email text, generation integer, rotated_at timestamptz,
               expires_at timestamptz)
language plpgsql security definer set search_path = '' as $$
declare held auth.sessions;
begin
    select * into held from auth.sessions s where s.id = p_session for update;
    if held.id is null or held.revoked_at is not null or held.expires_at <= p_at then
        outcome := 'gone';
    elsif held.generation = p_generation then
        update auth.sessions s set generation = s.generation + 1, rotated_at = p_at, expires_at = p_expires
         where s.id = p_session returning s.* into held;
        outcome := 'rotated';
    elsif held.generation = p_generation + 1 and held.used_generation < held.generation then
        outcome := 'repeated';
    elsif held.generation = p_generation + 1 and p_at < held.rotated_at + p_under_way then
        outcome := 'late';
    else
        update auth.sessions s set revoked_at = p_at where s.id = p_session;
        outcome := 'revoked';
    end if;
    return query select rotate_session.outcome, u.id, u.email, held.generation, held.rotated_at, held.expires_at
                   from (select 1) as always left join auth.users u on u.id = held.user_id;
end $$;

drop function private.request_context(uuid, timestamptz);

-- Who the caller is in this request: is the session alive, and in which workspace do they act? Without a wish, in
-- their first one (their own before those that they were invited to). No row: the session has ended.
-- The first access token of a generation is noted; a server that cannot write just now still answers.
create function private.request_context(p_workspace uuid, p_at timestamptz)
returns table (workspace_id uuid, role text)
language plpgsql volatile security definer set search_path = '' as $$
declare held auth.sessions; seen integer := coalesce((auth.jwt() ->> 'generation')::integer, 0);
begin
    select * into held from auth.sessions s
     where s.id = (auth.jwt() ->> 'session_id')::uuid and s.user_id = auth.uid()
       and s.revoked_at is null and s.expires_at > p_at;
    if held.id is null then
        return;
    end if;
    if held.used_generation < seen and not current_setting('transaction_read_only')::boolean then
        update auth.sessions s set used_generation = seen where s.id = held.id and s.used_generation < seen;
    end if;
    return query
    select m.workspace_id, m.role
      from (select 1) as always
      left join lateral (
            select wm.workspace_id, wm.role
              from public.workspace_members wm join public.workspaces w on w.id = wm.workspace_id
             where wm.user_id = held.user_id and wm.is_active and (p_workspace is null or wm.workspace_id = p_workspace)
             order by (w.owner_id = held.user_id) desc, wm.joined_at, wm.workspace_id limit 1) as m on true;
end $$;

reset role;
revoke all on all functions in schema private from public;
grant execute on function private.request_context(uuid, timestamptz) to authenticated;
grant execute on function private.rotate_session(uuid, integer, timestamptz, timestamptz, interval)
    to raptorflow_worker;
