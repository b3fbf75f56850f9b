"""What a finding says closes it, closes it; one cause is one finding; its witness shows the leak."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from isolation.database.clones import connect
from tests.isolation.corpus import CASES, Case

CLOSED = [
    "audit_copies",
    "exposed_matview",
    "granted_to_public",
    "negated_state",
    "own_users",
    "promote_oneself",
    "secret_column",
    "totals",
    "view_chain",
]


@pytest.mark.parametrize("case", [Case(name) for name in CLOSED], ids=lambda case: case.name)
def test_fix__closes(case: Case, database: Callable[..., str]) -> None:
    """The SQL of each finding can be run as it stands, and no finding is left."""
    target = database(*case.schema)
    found = case.proved(target).body["findings"]
    with connect(target) as connection:
        for finding in found:
            connection.execute(finding["fix"].encode())

    assert found
    assert [f["seen"] for f in case.proved(target).body["findings"] if f["class"] != "locked out"] == []


def test_findings__one_cause(database: Callable[..., str]) -> None:
    """A policy that lets everybody in is one finding, which counts what it opens, and to whom."""
    findings = Case("audit_copies").proved(database(*Case("audit_copies").schema)).body["findings"]

    assert [(f["class"], f["relation"]) for f in findings] == [("read", "public.contracts")]
    assert findings[0]["opens"] > len(findings[0]["operations"])
    assert {"B", "M", "S"} <= set(findings[0]["actors"])


@pytest.mark.parametrize("name", ["audit_copies", "coupon_note", "json_tenant"])
def test_witness__shows_the_leak(name: str, database: Callable[..., str]) -> None:
    """Pasted into the database, the witness brings back the canary that the finding names."""
    case = Case(name)
    target = database(*case.schema)
    finding = next(f for f in case.proved(target).body["findings"] if "foreign canary" in f["seen"])
    canary = finding["seen"].split()[2]

    with psycopg.connect(target, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(finding["witness"].encode())
        answers = [cursor.fetchall()] if cursor.description else []
        while cursor.nextset():
            answers += [cursor.fetchall()] if cursor.description else []

    assert any(canary in str(rows) for rows in answers)


def test_assumed__by_name(database: Callable[..., str]) -> None:
    """A table without a tenant is named at the top of the output, with what it is taken for."""
    case = Case("sound_json_key")
    target = database(*case.schema)
    with connect(target) as connection:
        connection.execute(
            b"create table public.plans (code text primary key, title text);"
            b"revoke insert, update, delete on public.plans from anon, authenticated"
        )

    said = case.proved(target).body["assumed"]

    assert [line.partition(":")[0] for line in said if "no tenant was found" in line] == ["public.plans"]
    assert "what everybody may know" in " ".join(said)


def test_assumed__asks_who_calls(database: Callable[..., str]) -> None:
    """Where a policy asks who calls, and nothing tells whose a row is, the table is unproven."""
    case = Case("sound_reference_data")
    target = database(CASES / "base.sql", CASES / "defaults.sql", CASES / "sound_reference_data" / "sound.sql")
    with connect(target) as connection:
        connection.execute(
            b"create table public.tickets (id uuid primary key, body text, holders text);"
            b"alter table public.tickets enable row level security;"
            b"create policy held on public.tickets for select to authenticated"
            b" using (position(auth.uid()::text in holders) > 0)"
        )

    unproven = case.proved(target).body["unproven"]

    assert [u["operation"] for u in unproven if u["relation"] == "public.tickets"] == ["TENANCY"]
