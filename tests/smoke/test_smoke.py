"""The smoke test of a deployment: what it tries, what it takes back, and how a monitor reads it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from fixtures.stack import need
from smoke.__main__ import main
from stack import target
from stack.system import System
from witness.database import DatabaseWitness

NOWHERE = '[target]\nname = "nowhere"\nbase_url = "http://127.0.0.1:9"\n'


def written(folder: Path, system: System, more: str = "") -> Path:
    """A target file for a system, without its database."""
    gateway = (
        f'url = "{system.gateway_url}"\nadmin_url = "{system.gateway_admin_url}"\nmerchant_id = "{system.merchant_id}"'
    )
    file = folder / "smoke.toml"
    file.write_text(f'[target]\nname = "it"\nbase_url = "{system.base_url}"\n[gateway]\n{gateway}\n{more}')
    return file


def said(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The document that was printed, and its checks by name."""
    document = json.loads(capsys.readouterr().out)
    return document, {check["name"]: check for check in document["checks"]}


def test_healthy_deployment__every_endpoint_answers(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Health, each documented endpoint and one journey pass; that nobody can remove the customer is said."""
    code = main([str(written(tmp_path, system))])

    document, checks = said(capsys)
    assert (code, document["status"]) == (0, "pass"), document
    assert {checks[name]["status"] for name in ("health: live", "health: ready", "a journey")} == {"pass"}
    assert checks["POST /api/v1/payments"]["status"] == "pass"
    assert len(checks) > 30
    assert "needs a [cleanup] command to remove smoke" in checks["clean-up"]["why"]


def test_journey__is_taken_back(system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The journey's own customer, who paid and cancelled, is handed to the deployment's clean-up command."""
    told = tmp_path / "told"
    command = f"sh -c {shlex.quote(f'cat > {shlex.quote(str(told))}')}"

    code = main([str(written(tmp_path, system, f"[cleanup]\ncommand = {json.dumps(command)}\n"))])

    assert (code, said(capsys)[1]["clean-up"]["status"]) == (0, "pass")
    rows = DatabaseWitness(need(system.database_dsn, "a database to look into")).customer(told.read_text().strip())
    assert rows is not None
    assert [row.status for row in rows.subscriptions] == ["cancelled"]


def test_deployment_that_is_down__fails_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody answers the exit code is 1, and each check says why."""
    file = tmp_path / "down.toml"
    file.write_text(NOWHERE)

    code = main([str(file)])

    document, checks = said(capsys)
    assert (code, document["status"]) == (1, "fail")
    assert "refused" in checks["health: live"]["why"]


def test_bad_target__one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A target file that says nothing ends in code 2 and one line."""
    file = tmp_path / "empty.toml"
    file.write_text("")

    assert main([str(file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "target.base_url is missing" in line


def test_target_that_is_not_disposable__its_database_takes_no_write(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless a target says that it is disposable the server refuses to write, and the rest is not offered."""
    monkeypatch.setenv("ITS_DSN", need(system.database_dsn, "a database to look into"))
    file = tmp_path / "safe.toml"
    database = '[database]\ndsn_env = "ITS_DSN"\nowner_dsn_env = "ITS_DSN"\n'
    file.write_text(f'{NOWHERE}{database}[redis]\nurl_env = "ITS_DSN"\n[clock]\npath = "c"\n')

    safe = target.load(file)

    assert (safe.owner_dsn, safe.redis_url, safe.clock_file) == (None, None, None)
    with (
        psycopg.connect(str(safe.database_dsn)) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("create table public.mine (id int)")


@pytest.mark.parametrize("dsn", ["host=here dbname=x", "postgresql://u@h/x", "postgresql://u@/x?host=/run"])
def test_read_only__in_any_spelling_of_a_dsn(dsn: str) -> None:
    """Both ways to write a DSN keep what they say, and gain the server's word."""
    assert conninfo_to_dict(target.read_only(dsn)) == {**conninfo_to_dict(dsn), "options": target.READ_ONLY}
