"""The second RaptorFlow's rows: plain SQL over a pool of connections, everything of one firm."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import rfc8785
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

Row = dict[str, Any]
SETTLED = {"COMPLETED": "completed", "FAILED": "failed"}
STEPS = 23
OLD_PASSES = "update shop.passes set status = 'replaced' where workspace_id = %s and status = 'active'"
NEW_PASS = """
insert into shop.passes
select workspace_id, id, plan, billing_cycle, 'active', now(), now() + interval '1 month'
from shop.purchases where id = %s
"""


class Books:
    """Reads and writes one database."""

    def __init__(self, dsn: str) -> None:
        self._pool: ConnectionPool[psycopg.Connection[Row]] = ConnectionPool(
            dsn, kwargs={"row_factory": dict_row, "prepare_threshold": None}, min_size=1, max_size=16, open=True
        )

    @contextmanager
    def open(self) -> Iterator[psycopg.Connection[Row]]:
        """A transaction."""
        with self._pool.connection() as connection:
            yield connection

    def one(self, statement: str, *values: object) -> Row | None:
        """The first row of a statement, committed."""
        with self.open() as connection:
            return connection.execute(statement, values).fetchone()

    def join(self, email: str, secret: str, full_name: str) -> Row | None:
        """A new account with its person, firm and seat; None when the address is taken."""
        with self.open() as connection:
            account = connection.execute(
                "insert into shop.accounts (email, secret) values (lower(%s), %s) on conflict do nothing returning *",
                (email, secret),
            ).fetchone()
            if account is None:
                return None
            mine = account["id"]
            connection.execute("insert into shop.people values (%s, %s)", (mine, full_name))
            firm = "insert into shop.firms (owner_id, name) values (%s, %s) returning id"
            made = connection.execute(firm, (mine, full_name)).fetchone()
            assert made is not None
            connection.execute("insert into shop.seats values (%s, %s, 'owner', true)", (made["id"], mine))
            return account

    def settle(self, purchase: Row, state: str, amount: int) -> str:
        """Writes down what the gateway says; a payment that is completed for its amount opens a pass, once."""
        settled = SETTLED.get(state)
        if settled is None or (settled == "completed" and amount != purchase["amount"]):
            return str(purchase["state"])
        change = "update shop.purchases set state = %s where id = %s and state = 'pending' returning id"
        with self.open() as connection:
            if connection.execute(change, (settled, purchase["id"])).fetchone() and settled == "completed":
                connection.execute(OLD_PASSES, (purchase["workspace_id"],))
                connection.execute(NEW_PASS, (purchase["id"],))
        return settled

    def reply(self, firm: str, step: int, data: Any, version: int) -> int | None:
        """Keeps a step over the version that was seen of it; None when it has another by now."""
        kept = self.one(
            "insert into shop.replies values (%s, %s, %s, %s) on conflict (workspace_id, step) do update"
            " set data = excluded.data, version = excluded.version where replies.version = %s returning version",
            *(firm, step, Jsonb(data), version + 1, version),
        )
        return int(kept["version"]) if kept else None

    def next_step(self, firm: str) -> int:
        """The first step that has no reply."""
        found = self.one("select count(*) as replies from shop.replies where workspace_id = %s", firm)
        assert found is not None
        return int(found["replies"]) + 1

    def complete(self, firm: str) -> Row:
        """Closes the interview: brief and first manifest, of all replies."""
        with self.open() as connection:
            rows = connection.execute("select step, data from shop.replies where workspace_id = %s", (firm,)).fetchall()
            answers = {str(row["step"]): row["data"] for row in rows}
            manifest = reduce(answers)
            checksum = hashlib.sha256(rfc8785.dumps(manifest)).hexdigest()
            connection.execute("update shop.interviews set state = 'completed' where workspace_id = %s", (firm,))
            brief = "insert into shop.briefs values (%s, %s) on conflict do nothing"
            connection.execute(brief, (firm, Jsonb({"answers": answers})))
            first = "insert into shop.manifests values (%s, 1, %s, %s) on conflict do nothing"
            connection.execute(first, (firm, checksum, Jsonb(manifest)))
        return {"version": 1, "checksum": checksum, "manifest": manifest}


def reduce(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest: what the first step says of the company, and every other reply under its number."""
    first = answers["1"]
    company = {"name": first["company_name"], "industry": first["industry"], "stage": first["stage"]}
    return {"company": company, "replies": {step: data for step, data in answers.items() if step != "1"}}


SCHEMA = {
    "type": "object",
    "required": ["company", "replies"],
    "properties": {"company": {"type": "object", "required": ["name", "industry", "stage"]}},
}
