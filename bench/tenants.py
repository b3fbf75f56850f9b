"""A multi-tenant schema of any number of tables, the same every time: what the isolation prover is timed on."""

from __future__ import annotations

from collections.abc import Iterator

ROLES = """
do $$
declare missing text;
begin
  foreach missing in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = missing) then
      execute format('create role %I nologin', missing);
    end if;
  end loop;
end $$;
create schema auth;
create table auth.users (id uuid primary key, email text unique);
alter table auth.users enable row level security;
create function auth.uid() returns uuid language sql stable as
  $$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
grant usage on schema auth, public to anon, authenticated;
grant execute on function auth.uid() to anon, authenticated;
alter default privileges in schema public grant select, insert, update, delete on tables to anon, authenticated;
alter default privileges in schema public grant usage on sequences to anon, authenticated;
create table workspaces (id uuid primary key default gen_random_uuid(), name text not null);
create table workspace_members (
  workspace_id uuid references workspaces (id) on delete cascade,
  user_id uuid references auth.users (id) on delete cascade,
  role text not null default 'member' check (role in ('owner', 'member')),
  primary key (workspace_id, user_id)
);
create function my_workspaces() returns setof uuid language sql stable security definer set search_path = '' as
  $$ select workspace_id from public.workspace_members where user_id = auth.uid() $$;
alter table workspaces enable row level security;
alter table workspace_members enable row level security;
create policy mine on workspaces for select to authenticated using (id in (select my_workspaces()));
create policy mine on workspace_members for select to authenticated using (workspace_id in (select my_workspaces()));
"""
FIXED = 3
KINDS = (
    "text",
    "integer",
    "timestamptz not null default now()",
    "jsonb not null default '{}'",
    "boolean",
    "numeric(10, 2)",
)


def schema(tables: int) -> str:
    """Return the SQL of a database of so many tables, all isolated; users, workspaces and members are among them."""
    return "\n".join([ROLES, *(statement for n in range(tables - FIXED) for statement in _table(n))])


def _table(number: int) -> Iterator[str]:
    """Yield a table of a workspace's or a user's; every third refers to the one before it in its area."""
    name, personal = f"records_{number:04d}", number % 5 == 4
    owner = (
        "user_id uuid not null references auth.users"
        if personal
        else "workspace_id uuid not null references workspaces"
    )
    parent = f", parent_id uuid references records_{number - 1:04d}" if number % 3 == 2 and not personal else ""
    more = "".join(f", field_{n} {KINDS[(number + n) % len(KINDS)]}" for n in range(1 + number % 5))
    state = ", status text not null default 'open' check (status in ('open', 'closed'))" if number % 4 == 1 else ""
    key = "id uuid primary key default gen_random_uuid()"
    yield f"create table {name} ({key}, {owner}{parent}, title text not null{more}{state});"
    yield f"alter table {name} enable row level security;"
    mine = "user_id = (select auth.uid())" if personal else "workspace_id in (select my_workspaces())"
    yield f"create policy mine on {name} to authenticated using ({mine}) with check ({mine});"
