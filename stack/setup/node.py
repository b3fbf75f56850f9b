"""Modules of Node as their lock file says, the report's Allure first: `npm ci` with the environment's own npm."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from stack.setup.commands import run, say
from stack.tools import HARNESS, ROOT

FOLDER = ROOT / "reports" / "allure"
NETWORK = "check the network and npm's registry setting (.venv/bin/npm config get registry), then run make setup again"


def _identity(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def is_ready(folder: Path = FOLDER) -> bool:
    """Whether the modules of this very lock file are installed (or there is no lock file)."""
    lock, mark = folder / "package-lock.json", folder / "node_modules" / ".ready"
    return not lock.exists() or (mark.exists() and mark.read_text() == _identity(lock))


def install(folder: Path = FOLDER, name: str = "allure") -> None:
    """Install what the lock file says; npm begins anew by itself after an interruption."""
    say(f"{name}: npm ci")
    npm = HARNESS / "bin" / "npm"
    path = os.pathsep.join((str(npm.parent), os.environ.get("PATH", "")))
    argv = [str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    shutil.rmtree(folder / "node_modules", ignore_errors=True)
    run(f"{name}-npm-ci", argv, remedy=NETWORK, env={"PATH": path}, cwd=folder)
    (folder / "node_modules" / ".ready").write_text(_identity(folder / "package-lock.json"))
    say(f"{name}: ready")
