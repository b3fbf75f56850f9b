"""What routines are called with: found by what their text compares an argument with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from isolation.__main__ import main
from isolation.introspection.texts import compared, comparisons
from tests.isolation.corpus import CASES

TABLES = """
create table public.receipts (
    id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users (id),
    merchant_refund_id text not null unique, seen_at timestamptz
);
alter table public.receipts enable row level security;
grant select on public.receipts to authenticated;
create policy reads on public.receipts for select to authenticated using (user_id = auth.uid());
create table public.deliveries (id uuid primary key default gen_random_uuid(), payload text not null, outcome text);
alter table public.deliveries enable row level security;
"""
INTENT = """
[tenancy]
"public.receipts" = "user_id"
[intent]
service_only = ["deliveries"]
"""
OPEN = {
    "by another name": "create function public.find(p_order text) returns setof public.receipts language sql"
    " security definer as $$ select * from public.receipts where merchant_refund_id = p_order $$",
    "by position": "create function public.find(text) returns setof public.receipts language sql"
    " security definer as $$ select * from public.receipts where lower(merchant_refund_id) = lower($1) $$",
    "of nobody's": "create function public.finish(p_webhook uuid) returns void language sql"
    " security definer as $$ update public.deliveries set outcome = 'done' where id = p_webhook $$",
}


@pytest.mark.parametrize("opened", sorted(OPEN))
def test_granted_routine(opened: str, database: Callable[..., str], tmp_path: Path) -> None:
    """A routine with its owner's rights is a hole while it may be called, and none once that is revoked."""
    schema, intent, out = tmp_path / "schema.sql", tmp_path / "isolation.toml", tmp_path / "out.json"
    closed = tmp_path / "closed.sql"
    schema.write_text(TABLES + OPEN[opened])
    intent.write_text(INTENT)
    closed.write_text("revoke execute on all functions in schema public from public, anon, authenticated")
    options = ["--config", str(intent), "--json", str(out)]

    found = main([database(CASES / "base.sql", schema), *options])
    findings = json.loads(out.read_text())["findings"]
    repaired = main([database(CASES / "base.sql", schema, closed), *options])

    assert (found, repaired) == (1, 0)
    assert "routine" in {f["class"] for f in findings}


@pytest.mark.parametrize(
    ("source", "argument", "columns"),
    [
        ("select * from t where a.order_no = p_order", "p_order", {"order_no"}),
        ("where lower(email) = lower(f.p_email) or p_email = login", "p_email", {"email", "login"}),
        ("where $1 = code and other = $12", "", {"code"}),
        ("where id = any (p_ids)", "p_ids", {"id"}),
        ("where p_order_id = x", "p_order", set[str]()),
    ],
)
def test_compared__columns(source: str, argument: str, columns: set[str]) -> None:
    """The columns on the other side of a comparison are found, whichever side the argument is on."""
    assert columns == compared(
        comparisons(f"select * from t {source}" if source.startswith("where") else source), argument, 1
    )
