"""What a tenant does to the database itself, with the application's own connection and a true token's claims."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from drivers.http import HttpCustomer
from fixtures.customers import Customers
from fixtures.stack import need
from stack.system import System
from tests.support.cast import Cast, rows_of

Connection = psycopg.Connection[TupleRow]
ROLES = ("member", "admin", "owner")
READ: dict[str, str] = {
    **dict.fromkeys(("users", "profiles", "workspaces", "workspace_members", "payments", "refunds"), "member"),
    **dict.fromkeys(("subscriptions", "onboarding_sessions", "onboarding_steps", "business_contexts"), "member"),
    **dict.fromkeys(("bcm_manifests", "cohorts", "campaigns", "moves", "muse_assets", "daily_wins", "plans"), "member"),
    **dict.fromkeys(("invitations", "audit_log"), "admin"),
}
"""The least role that reads a table's own rows; a table that is not here is read by nobody."""
CHANGED: dict[str, dict[str, set[str]]] = {
    "profiles": {"member": {"full_name", "company", "phone", "updated_at"}},
    "subscriptions": {"owner": {"cancelled_at"}},
    "onboarding_sessions": {"member": {"state", "bcm_version", "updated_at", "completed_at"}},
    "onboarding_steps": {"member": {"data", "draft", "version", "completed_at", "updated_at"}},
    "business_contexts": {"member": {"content", "version", "updated_at"}},
}
"""The columns that a role and those above it change in rows of their own."""
ADDED: dict[str, str] = {
    **dict.fromkeys(("onboarding_sessions", "onboarding_steps", "business_contexts", "bcm_manifests"), "member"),
    **dict.fromkeys(("cohorts", "campaigns", "moves", "muse_assets", "daily_wins"), "member"),
}
"""The least role that adds whole rows of its own workspace."""
OTHER = {
    "uuid": "gen_random_uuid()",
    "text": "'changed'",
    "character varying": "'changed'",
    "integer": "424242",
    "bigint": "424242",
    "boolean": "not {}",
    "timestamp with time zone": "timestamptz '2031-01-01Z'",
    "jsonb": "'{{\"changed\": 1}}'::jsonb",
    "bytea": "'changed'::bytea",
}
AT = "timestamptz '2027-01-01Z'"


@contextmanager
def as_person(system: System, customer: HttpCustomer | None) -> Iterator[Connection]:
    """The application's connection, with the claims of the customer's own token; None: without any."""
    dsn = need(system.app_dsn, "the application's database")
    with psycopg.connect(dsn) as connection:
        token = customer.access_token if customer else ""
        claims = jwt.decode(token, options={"verify_signature": False}) if token else {}
        connection.execute("select set_config('role', %s, false)", ("authenticated" if customer else "anon",))
        connection.execute("select set_config('request.jwt.claims', %s, false)", (json.dumps(claims),))
        yield connection
        connection.rollback()


def tried(connection: Connection, query: sql.SQL | sql.Composed, *values: Any) -> str | int:
    """How many rows a statement reached; "no" when it is not allowed; "rule" when only a constraint kept it out."""
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(query, values).rowcount
    except psycopg.errors.InsufficientPrivilege:
        return "no"
    except (psycopg.errors.IntegrityError, psycopg.errors.DataError, psycopg.errors.GeneratedAlways):
        return "rule"


def columns(system: System) -> dict[str, dict[str, str]]:
    """The columns of each table of the exposed schema, by type."""
    with psycopg.connect(need(system.database_dsn, "a database to look into")) as connection:
        found: dict[str, dict[str, str]] = {}
        query = """select table_name, column_name, data_type from information_schema.columns
                    where table_schema = 'public' and is_generated = 'NEVER' order by table_name, ordinal_position"""
        for table, column, kind in connection.execute(query).fetchall():
            found.setdefault(table, {})[column] = kind
        return found


def furnished(customers: Customers) -> Cast:
    """A cast whose first workspace has a row in every table that tenants have."""
    cast = Cast.of(customers)
    owner = cast.owner
    for feature in ("cohorts", "campaigns", "moves", "muse", "daily-wins"):
        assert owner.call("POST", feature).status == 201
    payment = cast.payments["manifest"]["id"]
    assert owner.call("POST", "refunds", {"amount": 100}, payment=payment).status == 201
    invitation = {"email": customers.stranger().identity.email, "role": "member"}
    assert owner.call("POST", "members", invitation, workspace=owner.workspace_id).status == 202
    return cast


def reaches(role: str, least: str) -> bool:
    """Whether a role is the least one, or above it."""
    return ROLES.index(role) >= ROLES.index(least)


@pytest.mark.promise("PAY-9.13", "PAY-9.16", "BCM-17.14", "BCM-17.7", "AUTH-1.3", "AUTH-4.14", "BCM-16.5")
def test_own_rows__column_by_column(customers: Customers, system: System) -> None:
    """Each role changes, adds, reads and removes of its own workspace just what is its own to write: no money, state,
    period, role, number or log; another's rows do not exist, and nothing is ever removed.
    """
    cast, found, mine = furnished(customers), list[str](), "workspace_id = %s"
    own = cast.owner.workspace_id
    tables = columns(system)
    for role in ROLES:
        customer = cast.actors[role]
        with as_person(system, customer) as connection:
            for table, kinds in tables.items():
                name = sql.Identifier("public", table)
                key, whose = {
                    "users": ("id = %s", customer.user_id),
                    "profiles": ("user_id = %s", customer.user_id),
                    "workspaces": ("id = %s", own),
                    "plans": ("id = %s", "glide"),
                }.get(table, (mine, own))
                if "workspace_id" not in kinds and table not in ("users", "profiles", "workspaces", "plans"):
                    key, whose = "true or %s::text is null", own
                where = sql.SQL(key)
                seen = tried(connection, sql.SQL("select from {} where {}").format(name, where), whose)
                reads = table in READ and reaches(role, READ[table])
                if (isinstance(seen, int) and seen > 0) != reads:
                    found.append(f"{role} reads {seen} of {table}")
                others = sql.SQL("select from {} where not ({})").format(name, where)
                if table not in ("plans",) and "workspace_id" in kinds and reads:
                    visible = {cast.workspaces[state] for state in cast.workspaces}
                    theirs = sql.SQL("select distinct workspace_id::text from {}").format(name)
                    extra = (
                        {row[0] for row in connection.execute(theirs).fetchall()} - visible - {customer.workspace_id}
                    )
                    if extra:
                        found.append(f"{role} reads {table} of {len(extra)} other workspaces")
                elif (
                    reads and table not in ("plans", "workspaces") and tried(connection, others, whose) not in (0, "no")
                ):
                    found.append(f"{role} reads others' {table}")
                may = {
                    column for least, some in CHANGED.get(table, {}).items() if reaches(role, least) for column in some
                }
                for column, kind in kinds.items():
                    value = sql.SQL(OTHER[kind].format(column))
                    change = sql.SQL("update {} set {} = {} where {}").format(
                        name, sql.Identifier(column), value, where
                    )
                    outcome = tried(connection, change, whose)
                    if (outcome not in ("no", 0)) != (column in may):
                        found.append(f"{role} changes {table}.{column}: {outcome}")
                for verb in ("delete from {} where {}", "delete from {} where not ({})"):
                    if tried(connection, sql.SQL(verb).format(name, where), whose) not in ("no", 0):
                        found.append(f"{role} removes from {table}")
                if tried(connection, sql.SQL("truncate {} cascade").format(name)) != "no":
                    found.append(f"{role} empties {table}")
                added = added_row(connection, table, kinds, whose, where, customer)
                if added is not None and (added not in ("no", 0)) != (table in ADDED and reaches(role, ADDED[table])):
                    found.append(f"{role} adds to {table}: {added}")

    assert found == []


def added_row(
    connection: Connection, table: str, kinds: dict[str, str], whose: str, where: sql.SQL, customer: HttpCustomer
) -> str | int | None:
    """What becomes of a copy of an own row under another id; None where none can be seen to copy."""
    names = list(kinds)
    taken: dict[str, sql.Composable] = {
        "id": sql.SQL("gen_random_uuid()") if kinds.get("id") == "uuid" else sql.SQL("'other'")
    }
    taken |= {"created_by": sql.Literal(customer.user_id), "step": sql.SQL("24 - step")}
    values = sql.SQL(", ").join(
        taken[name] if name in taken and name in kinds else sql.Identifier(name) for name in names
    )
    copy = sql.SQL("insert into {0} ({1}) select {2} from {0} where {3} limit 1").format(
        sql.Identifier("public", table), sql.SQL(", ").join(map(sql.Identifier, names)), values, where
    )
    return tried(connection, copy, whose)


@pytest.mark.promise("PAY-9.13", "PAY-9.15")
def test_payment_of_ones_own_making__is_a_new_one_at_the_plans_price(customers: Customers, system: System) -> None:
    """An admin begins a payment in the database as the application does, at the plan's price whatever they say, and
    in no state but the first; a member begins none, and nobody one in another's name or workspace.
    """
    cast = Cast.of(customers)
    named = ("id", "workspace_id", "created_by", "idempotency_key", "merchant_order_id", "plan", "billing_cycle")
    times = ("expires_at", "next_check_at", "created_at", "updated_at")

    def begins(actor: str, workspace: str, by: str, **more: Any) -> str | int:
        customer = cast.actors[actor]
        names = [*named, *times, *more]
        given = (workspace, by, f"k-{actor}", f"rf-{actor}-{len(more)}")
        with as_person(system, customer) as connection:
            query = sql.SQL(
                "insert into public.payments ({}) values (gen_random_uuid(), %s, %s, %s, %s, 'soar', 'annual', {}{})"
            ).format(
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join([sql.SQL(AT)] * len(times)),
                sql.SQL("").join(sql.SQL(", ") + sql.Literal(value) for value in more.values()),
            )
            return tried(connection, query, *given)

    own, users = cast.owner.workspace_id, {name: each.user_id for name, each in cast.actors.items() if each.user_id}
    assert {
        actor: begins(actor, own, users[actor]) for actor in ("member", "admin", "owner", "removed", "stranger")
    } == {
        "member": "no",
        "admin": 1,
        "owner": 1,
        "removed": "no",
        "stranger": "no",
    }
    assert begins("admin", own, users["owner"]) == "no"
    for more in (
        {"amount": 1},
        {"state": "completed"},
        {"version": 7},
        {"currency": "INR"},
        {"settled_at": "2027-01-01Z"},
    ):
        assert begins("owner", own, users["owner"], **more) == "no", more


def outcome(connection: Connection, query: str, values: dict[str, str]) -> Any:
    """What a function gave, or "no"."""
    try:
        with connection.transaction(force_rollback=True):
            rows = connection.execute(query.encode(), values).fetchall()
            return rows[0][0] if rows else "nothing"
    except psycopg.errors.InsufficientPrivilege:
        return "no"


SIGNATURE = "timestamp with time zone"
FUNCTIONS: dict[str, str] = {
    f"private.create_workspace(text,{SIGNATURE})": f"select private.create_workspace('Mine', {AT}) is not null",
    f"private.end_session({SIGNATURE})": f"select private.end_session({AT}) is null",
    f"private.invite(uuid,text,text,{SIGNATURE})": (
        f"select count(*) from private.invite(%(there)s, %(own)s, 'owner', {AT})"
    ),
    f"private.open_refund(uuid,uuid,text,text,bigint,{SIGNATURE})": (
        f"select outcome from private.open_refund(%(there)s, %(payment)s, 'sql', 'rfr-sql', 100, {AT})"
    ),
    "private.rank(text)": "select private.rank('owner')",
    f"private.remove_member(uuid,uuid,{SIGNATURE})": f"select private.remove_member(%(there)s, %(admin)s, {AT})",
    f"private.request_context(uuid,{SIGNATURE})": "select role from private.request_context(%(there)s, now())",
    f"private.subscription_state({SIGNATURE},{SIGNATURE},text,{SIGNATURE},interval)": (
        f"select private.subscription_state({AT}, {AT}, 'active', {AT}, '1 day')"
    ),
    "private.workspaces_of_caller()": "select %(there)s in (select private.workspaces_of_caller()::text)",
    "private.workspaces_where_caller_is(text)": (
        "select %(there)s in (select private.workspaces_where_caller_is('admin')::text)"
    ),
}
"""Every function that `authenticated` may execute, called about the first workspace."""
EXPECTED: dict[str, dict[str, Any]] = {
    "create_workspace": {"nobody": "no", "else": True},
    "end_session": {"else": True},
    "invite": {"owner": 1, "else": "no"},
    "open_refund": {"owner": "opened", "else": "unknown"},
    "rank": {"else": 3},
    "remove_member": {"owner": "removed", "admin": "removed", "member": "forbidden", "else": "unknown"},
    "request_context": {"owner": "owner", "admin": "admin", "member": "member", "nobody": "nothing", "else": None},
    "subscription_state": {"else": "past_due"},
    "workspaces_of_caller": {"owner": True, "admin": True, "member": True, "else": False},
    "workspaces_where_caller_is": {"owner": True, "admin": True, "else": False},
}
"""What each caller gets."""


@pytest.mark.promise("BCM-17.15", "AUTH-4.14", "AUTH-4.11", "AUTH-4.10", "PAY-10.15", "E2E-20.23")
def test_each_function__knows_its_caller(customers: Customers, system: System) -> None:
    """Whatever a tenant may execute decides by the caller's own claims: strangers, the removed, members and callers
    without claims get of another's workspace what the routes would give them, and change nothing.
    """
    cast, found = Cast.of(customers), list[str]()
    values = {"there": cast.owner.workspace_id, "payment": cast.payments["manifest"]["id"]}
    values["admin"] = cast.actors["admin"].user_id
    functions = """select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             where n.nspname in ('public', 'private') and has_function_privilege('authenticated', p.oid, 'EXECUTE')"""
    with psycopg.connect(need(system.database_dsn, "a database to look into")) as connection:
        executable = {row[0] for row in connection.execute(functions).fetchall()}
    assert executable == set(FUNCTIONS), "list it, with what each caller gets of it"
    before = rows_of(system, list(cast.workspaces.values()))

    for actor in ("nobody", "stranger", "removed", "member", "admin", "owner"):
        with as_person(system, cast.actors[actor]) as connection:
            if actor == "nobody":
                connection.execute("select set_config('role', 'authenticated', false)")
            own = cast.actors[actor].identity.email if actor != "nobody" else "nobody@example.com"
            for name, query in FUNCTIONS.items():
                wanted = EXPECTED[name.partition("(")[0].removeprefix("private.")]
                expected, given = wanted.get(actor, wanted["else"]), outcome(connection, query, values | {"own": own})
                if given != expected:
                    found.append(f"{name} by {actor}: {given} and not {expected}")

    assert (found, rows_of(system, list(cast.workspaces.values()))) == ([], before)
    with psycopg.connect(need(system.database_dsn, "a database to look into")) as connection:
        query = """select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                    where n.nspname in ('public', 'private') and has_function_privilege('anon', p.oid, 'execute')"""
        assert connection.execute(query).fetchall() == [], "anon executes nothing"
    assert cast.owner.me().needs_payment is False, "the session that was asked to end was another transaction's"


@pytest.mark.promise("BCM-17.4", "BCM-17.3", "PAY-9.16")
def test_worker_and_definer__touch_no_table_themselves(system: System) -> None:
    """The worker, and the application before it says who it is, read no table; not even the tables' owner rewrites
    the log of what was decided, nor empties it.
    """
    worker = need(system.worker_dsn, "the worker's database")
    for dsn in (worker, need(system.app_dsn, "the application's database")):
        with psycopg.connect(dsn) as connection:
            for table in [*columns(system), "users"]:
                name = sql.Identifier("public", table)
                assert tried(connection, sql.SQL("select from {}").format(name)) == "no", table
    with psycopg.connect(need(system.owner_dsn, "the owner's database")) as connection:
        connection.execute("alter table public.audit_log no force row level security")
        for statement in (
            "update public.audit_log set action = 'x'",
            "delete from public.audit_log",
            "truncate public.audit_log",
        ):
            assert tried(connection, sql.SQL(statement)) in ("rule", 0), statement
        connection.rollback()
