"""The gateway as a product of its own: its wheel, in an environment that has nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx
import pytest

from stack.setup.commands import say
from tests.phonepe.shop import until

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "packaging" / "phonepe-mock"
QUIET: Final = ("--quiet", "--disable-pip-version-check")

pytestmark = pytest.mark.timeout(300)


def run(line: Sequence[str | Path], **environment: str) -> subprocess.CompletedProcess[str]:
    """A program that has ended."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(  # noqa: S603
        [*map(str, line)], capture_output=True, text=True, timeout=240, check=False, env=kept | environment
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the repository's files."""
    folder = tmp_path_factory.mktemp("wheels")
    built = run([sys.executable, "-m", "pip", "wheel", *QUIET, "--no-deps", "--wheel-dir", folder, PACKAGE])
    if "Could not fetch" in built.stderr or "No matching distribution" in built.stderr:
        pytest.skip(f"the build backend cannot be had: {built.stderr.splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    (found,) = folder.iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an empty environment that the wheel was installed in."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    made = run([sys.executable, "-m", "venv", "--without-pip", folder])
    assert made.returncode == 0, made.stderr
    began = time.perf_counter()
    got = run([sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", *QUIET, wheel])
    if "No matching distribution" in got.stderr:
        pytest.skip(f"what it needs cannot be had: {got.stderr.splitlines()[-1]}")
    assert got.returncode == 0, got.stderr
    say(f"wheel: installed in {time.perf_counter() - began:.1f} s")
    return folder / "bin"


def test_contents(wheel: Path) -> None:
    """The wheel holds the package with its templates, types and licence, and nothing that was compiled."""
    names = zipfile.ZipFile(wheel).namelist()
    suffixes = {Path(name).suffix for name in names if name.startswith("phonepe_mock/")}

    assert {name.partition("/")[0] for name in names} == {"phonepe_mock", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    assert suffixes == {".py", ".typed", ".html", ".css", ".js", ".md"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_main_job(installed: Path, tmp_path: Path) -> None:
    """From an empty environment the command serves, a payment is made and paid, and its event is triggered."""
    port_file = tmp_path / "port"
    with (tmp_path / "log").open("wb") as log:
        gateway = subprocess.Popen([installed / "phonepe-mock", "--port-file", port_file], stderr=log, cwd=tmp_path)  # noqa: S603
    try:
        assert until(port_file.exists, 60), (tmp_path / "log").read_text()
        url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        with httpx.Client(base_url=url, trust_env=False) as http:
            shop = http.post("/_admin/merchants", json={"merchant_id": "SHOP"}).json()
            triggered = run([installed / "phonepe-mock", "trigger", "checkout.order.completed", "--gateway", url])
            orders = http.get("/_admin/merchants/SHOP/ledger?only=orders").json()["orders"]
            page = http.get(f"/_admin/pages/SHOP/orders/{orders[0]['merchant_order_id']}")
    finally:
        gateway.terminate()
        gateway.wait(timeout=20)

    assert shop["client_id"] == "SHOP_CLIENT"
    assert (triggered.returncode, "is COMPLETED" in triggered.stdout) == (0, True), triggered.stderr
    assert [each["state"] for each in orders] == ["COMPLETED"]
    assert (page.status_code, "checkout.order" in page.text) == (200, True)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_command(installed: Path, option: str) -> None:
    """The command knows its own name and version."""
    said = run([installed / "phonepe-mock", option])

    assert said.returncode == 0, said.stderr
    assert ("phonepe-mock" if option == "--help" else "0.1.0") in said.stdout


def test_module(installed: Path) -> None:
    """The package runs as a module under its own name, too."""
    said = run([installed / "python", "-m", "phonepe_mock", "--seed", "nowhere.toml"])

    assert (said.returncode, said.stderr.startswith("phonepe-mock: --seed: nowhere.toml")) == (2, True), said.stderr
