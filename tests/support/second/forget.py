"""``python -m tests.support.second.forget``: removes the accounts that standard input lists."""

from __future__ import annotations

import os
import sys

import psycopg

OF_A_FIRM = ("passes", "purchases", "interviews", "replies", "briefs", "manifests", "seats")
THEIRS = "select id from shop.accounts where email = any(%(emails)s)"


def main() -> None:
    """Removes all of them, or none."""
    emails = {"emails": [line.strip().lower() for line in sys.stdin]}
    with psycopg.connect(os.environ["SECOND_DSN"]) as connection:
        for table in OF_A_FIRM:
            firms = f"select id from shop.firms where owner_id in ({THEIRS})"
            connection.execute(f"delete from shop.{table} where workspace_id in ({firms})", emails)
        for table, owner in (("firms", "owner_id"), ("people", "user_id"), ("accounts", "id")):
            connection.execute(f"delete from shop.{table} where {owner} in ({THEIRS})", emails)


if __name__ == "__main__":
    main()
