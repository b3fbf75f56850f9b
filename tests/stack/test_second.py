"""The journeys on a RaptorFlow that was not made for them: through a target file, without a changed test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from evidence import Run
from stack.embedded import Stack
from stack.processes import ROOT
from tests.support.forks import pytest_in_a_fork
from tests.support.second_deployment import Deployment, deployed

QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--tb=line")
HOLD = (
    "test_stranger_holds_a_manifest[http]",
    "test_each_plan__is_charged_and_activated[soar-annual]",
    "test_payment_fails__then_succeeds[http]",
    "test_payment_cancelled__nothing_is_activated[http]",
    "test_pending_payment__completes_while_the_customer_watches[http]",
    "test_lost_redirect__the_webhook_activates[http]",
)


@pytest.fixture(scope="module")
def second(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The second RaptorFlow, up."""
    if stack.services.network is not None:
        pytest.skip("needs a gateway that reaches this machine's processes: the embedded stack's (--stack embedded)")
    with deployed(stack, tmp_path_factory.mktemp("second")) as up:
        yield up


def journeys(second: Deployment, folder: Path, *arguments: str) -> dict[str, dict[str, str]]:
    """What becomes of the journeys there: each test's record by its name."""
    run = Run.create(folder / "runs")
    asked = ["tests/journeys", *QUIET, "--via", "http", "--target", str(second.target), *arguments]
    environment = {**os.environ, **run.environment, **second.environment}
    environment.pop("PYTEST_XDIST_WORKER", None)
    code, said = pytest_in_a_fork(asked, ROOT, environment)
    assert code in (0, 1), said
    return {record["nodeid"].rpartition("::")[2]: record for record in run.records("tests")}


@pytest.mark.requirement("E2E-20")
def test_journeys__hold_or_say_what_they_would_need(second: Deployment, tmp_path: Path) -> None:
    """Registration, payment, the steps and the manifest hold there; every other journey names what is missing."""
    seen = journeys(second, tmp_path)

    assert {name: seen[name]["outcome"] for name in HOLD} == dict.fromkeys(HOLD, "passed")
    others = {name: record for name, record in seen.items() if record["outcome"] != "passed"}
    assert {record["outcome"] for record in others.values()} == {"skipped"}, others
    assert [
        name for name, record in others.items() if "not verifiable on this target: needs " not in record["why"]
    ] == []


def test_customers__are_gone_afterwards(second: Deployment, tmp_path: Path) -> None:
    """Whoever a session signed up at a target is listed, and removed at its end by the target's own command."""
    with psycopg.connect(second.dsn) as connection:
        connection.execute(
            "insert into shop.accounts (email, secret) values ('mine@example.com', '') on conflict do nothing"
        )

    seen = journeys(second, tmp_path, "-k", "test_payment_cancelled")

    assert [record["outcome"] for record in seen.values()] == ["passed"]
    with psycopg.connect(second.dsn) as connection:
        left = connection.execute("select email from shop.accounts").fetchall()
    assert left == [("mine@example.com",)]
    (listed,) = tmp_path.glob("runs/*/created.txt")
    assert len(listed.read_text().split()) == 1


def test_broken_promise__is_found_there_too(second: Deployment, tmp_path: Path) -> None:
    """A payment that activates nothing is noticed on the second RaptorFlow as on the first: by its rows."""
    with psycopg.connect(second.dsn) as connection:
        connection.execute("create rule nothing as on insert to shop.passes do instead nothing")
    try:
        seen = journeys(second, tmp_path, "-k", "test_lost_redirect")
    finally:
        with psycopg.connect(second.dsn) as connection:
            connection.execute("drop rule nothing on shop.passes")

    assert seen["test_lost_redirect__the_webhook_activates[http]"]["outcome"] == "failed"
