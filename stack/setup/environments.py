"""The two virtual environments, each exactly what its pinned and hashed requirements say."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from stack.errors import UnavailableError
from stack.setup.commands import run, say
from stack.tools import HARNESS, RAPTORFLOW, ROOT

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
PATHS = "raptorflow-verification.pth"
"""Python's own way to add a folder to its path: unlike the folder that it is started in, `PYTHONSAFEPATH` leaves it."""
TOOLING = {"pip", "setuptools", "wheel"}
NETWORK = "check the network and pip's index settings (pip config list), then run make setup again"


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment and the file that pins it."""

    name: str
    folder: Path
    pins: Path
    imports: Path | None = None
    """A folder whose modules it finds, wherever and however its Python is started."""

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    @property
    def _ready(self) -> Path:
        return self.folder / ".ready"

    @property
    def _unfinished(self) -> Path:
        return self.folder / ".unfinished"

    def identity(self) -> str:
        """Return the hash of the pins and of the Python that they are installed for."""
        return hashlib.sha256(self.pins.read_bytes() + sys.version.encode()).hexdigest()

    def is_ready(self) -> bool:
        """Whether an earlier set-up finished with these very pins."""
        return self._ready.exists() and self._ready.read_text() == self.identity() and Path(self.python).exists()

    def link(self) -> None:
        """Let its Python find `imports`, if it is not told already."""
        if self.imports is None:
            return
        for packages in self.folder.glob("lib/python3*/site-packages"):
            file, text = packages / PATHS, f"{self.imports}\n"
            if not file.exists() or file.read_text() != text:
                file.write_text(text)

    def install(self) -> None:
        """Make the environment agree with its pins; begin anew where an earlier attempt was interrupted."""
        if self._unfinished.exists() or not Path(self.python).exists():
            shutil.rmtree(self.folder, ignore_errors=True)
        self._ready.unlink(missing_ok=True)
        if not self.folder.exists():
            self._create()
        self._sync()
        self.link()
        self._ready.write_text(self.identity())

    def _create(self) -> None:
        self.folder.mkdir()
        self._unfinished.touch()
        run(f"{self.name}-venv", [sys.executable, "-m", "venv", str(self.folder)], remedy=venv_remedy())

    def _sync(self) -> None:
        self._unfinished.touch()
        wanted = len(PIN.findall(self.pins.read_text()))
        say(f"{self.name}: {wanted} packages from {self.pins.relative_to(ROOT)} into {self.folder.name}")
        pip = [self.python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        progress = _Progress(self.name, wanted)
        argv = [*pip, "install", "--progress-bar", "off", "--require-hashes", "-r", str(self.pins)]
        run(f"{self.name}-pip", argv, remedy=NETWORK, each_line=progress.hear)
        strangers = self._strangers()
        if strangers:
            run(f"{self.name}-pip-uninstall", [*pip, "uninstall", "--yes", *strangers], remedy=NETWORK)
        self._unfinished.unlink()
        say(f"{self.name}: ready")

    def _strangers(self) -> list[str]:
        packages = [str(folder) for folder in self.folder.glob("lib/python3*/site-packages")]
        pinned = {_plain(name) for name in PIN.findall(self.pins.read_text())} | TOOLING
        names = [each.name for each in metadata.distributions(path=packages)]
        return [name for name in names if name and _plain(name) not in pinned]


@dataclass(slots=True)
class _Progress:
    """Counts what pip has fetched, and says so ten times on the way."""

    name: str
    wanted: int
    seen: int = 0
    said: int = 0

    def hear(self, line: str) -> None:
        self.seen += line.startswith(("Collecting ", "Processing "))
        tenth = 10 * self.seen // max(self.wanted, 1)
        if tenth > self.said:
            self.said = tenth
            say(f"{self.name}: {self.seen} of {self.wanted} packages fetched")
        if line.startswith("Installing collected packages"):
            say(f"{self.name}: installing")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def venv_remedy() -> str:
    """Return the command that gives this Python the means to make virtual environments."""
    return f"sudo apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-venv"


def check_venv_module() -> None:
    """Refuse a Python without `ensurepip` (Debian ships it apart) before anything is half made.

    Raises UnavailableError.
    """
    if importlib.util.find_spec("ensurepip") is None:
        raise UnavailableError(f"this Python cannot make virtual environments: {venv_remedy()}")


ENVIRONMENTS = (
    Environment("harness", HARNESS, ROOT / "requirements" / "harness.txt", imports=ROOT),
    Environment("raptorflow", RAPTORFLOW, ROOT / "requirements" / "raptorflow.txt"),
)
