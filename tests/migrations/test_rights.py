"""Who owns, may and must what in the database: the catalogue compared with a list, so that nothing slips in unseen."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from fixtures.stack import need
from stack.system import System

LIST = Path(__file__).with_name("rights.txt")
FACTS = LIST.with_suffix(".sql")
HOW = "if it is meant, and the contract allows it, put it into (or take it out of) tests/migrations/rights.txt"


def facts(system: System) -> set[str]:
    """What the catalogue says, a line each."""
    with psycopg.connect(need(system.database_dsn, "a database to look into")) as connection:
        connection.execute("set search_path = ''")
        return {str(row[0]) for row in connection.execute(FACTS.read_bytes()).fetchall()}


@pytest.mark.promise("BCM-17.1", "BCM-17.2", "BCM-17.3", "BCM-17.4", "BCM-17.5", "BCM-17.6", "BCM-17.14", "PAY-9.13")
@pytest.mark.promise("E2E-20.23", "AUTH-4.14")
def test_rights__are_those_that_are_listed(system: System) -> None:
    """Roles, memberships, owners, grants, policies, functions, triggers and constraints are the ones that somebody put
    on the list: a new one is read there before it is in the product.
    """
    listed = {line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}
    there = facts(system)

    assert (sorted(there - listed), sorted(listed - there)) == ([], []), HOW


@pytest.mark.promise("BCM-17.1", "BCM-17.2", "BCM-17.3", "BCM-17.5", "BCM-17.6", "BCM-17.4")
def test_the_list__is_what_the_contract_allows(system: System) -> None:
    """Whatever is on the list, the contract's own rules about roles, definers, anon and PUBLIC hold for all of it."""
    there = facts(system)
    roles = dict(line.removeprefix("role ").split(":") for line in there if line.startswith("role "))
    functions = [line for line in there if line.startswith("function ")]
    definers = [line for line in functions if " definer " in line]
    grants = [line for line in there if line.startswith("grant ")]

    assert {name: what.split() for name, what in roles.items()} == {
        "raptorflow_owner": ["login", "inherit"],
        "raptorflow_definer": ["bypassrls"],
        "raptorflow_app": ["login"],
        "raptorflow_worker": ["login"],
        "anon": [],
        "authenticated": [],
        "service_role": ["bypassrls"],
    }
    members = {tuple(line.split()[1:4:2]) for line in there if line.startswith("member ")}
    assert members - {("raptorflow_owner", "raptorflow_definer")} == {
        ("raptorflow_app", "anon"),
        ("raptorflow_app", "authenticated"),
    }
    assert [line for line in definers if "function private." not in line] == []
    assert [line for line in definers if " of raptorflow_definer " not in line] == []
    assert [line for line in functions if 'search_path=""' not in line] == []
    assert [line for line in there if line.startswith("execute ") and line.endswith("PUBLIC")] == []
    public = [line for line in grants if line.endswith((" to anon", " to PUBLIC")) and " schema " not in line]
    assert public == ["grant select on public.plans to anon"]
    assert [line for line in grants if line.endswith(("_app", "_worker")) and " schema " not in line] == []
    tables = [line for line in there if line.startswith("table ")]
    bare = [line for line in tables if not line.endswith(" rls forced")]
    assert sorted(line.split()[1] for line in bare) == ["private.schema_version", "public.plans"]
    assert {line.split()[3] for line in tables} == {"raptorflow_owner"}
