"""Which code a run is of: every file of the checkout and of the application by its content, and what changes it.

Git is asked for the commit's files alone, and every file is read: an ignored, an untracked and a hidden change
(`git update-index --assume-unchanged`) are changes like others.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "raptorflow"
APPLICATION = "RAPTORFLOW_APPLICATION"
MADE = frozenset(
    {
        *(".git", ".venv", ".venv-raptorflow", ".tools", "node_modules", "__pycache__"),
        *(".pytest_cache", ".mypy_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis"),
    }
)
"""Folders of what is made from the rest, wherever they are."""
REPORTS = "reports/out"
OUTPUT = frozenset({REPORTS, "tests/finds", "dist", "build"})
"""Folders of what a run writes, by their path; what changes a session is looked at there too, but in reports/out."""
SETTING = (".py", ".pyc", ".toml", ".ini", ".cfg")
"""Bytecode outside of `__pycache__` is imported like source."""
TOLD = 40
"""So many changed files are named; the digest counts all."""
_LISTED = re.compile(r"^\d+ blob (?P<blob>[0-9a-f]+)\t(?P<path>.*)$", re.DOTALL)
_CHANGING = re.compile(
    r"^(RAPTORFLOW_|PYTEST_|PYTHON|PG|LOCUST_|HYPOTHESIS_|PLAYWRIGHT_|NODE_|DOCKER_|COMPOSE_|LD_)"
    r"|_IMAGE$|_proxy$|^(TZ|PWDEBUG|BUILD_NETWORK|ALL_PROXY|HTTP_PROXY|HTTPS_PROXY)$"
)
_OWN = re.compile(
    r"^(RAPTORFLOW_RUN|PYTEST_(CURRENT_TEST|VERSION|XDIST_.*)|PYTHON(UNBUFFERED|DONTWRITEBYTECODE)|NODE_EXTRA_CA_CERTS)$"
)
_NOWHERE = "/dev/null/none"


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a folder: git's name for the content of each, by its path, and the changes against `commit`."""

    folder: Path
    files: Mapping[str, str]
    commit: str | None = None
    changes: tuple[str, ...] = ()
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the whole by its parts."""
        whole = hashlib.sha256("".join(f"{path}\0{blob}\n" for path, blob in sorted(self.files.items())).encode())
        object.__setattr__(self, "digest", whole.hexdigest()[:16])

    @classmethod
    def of(cls, folder: Path, within: str = "") -> Tree:
        """Return a folder as it is now, or what is below `within` in it."""
        files = dict(_files(folder, within))
        commit, listed = _commit(folder)
        listed = {path: blob for path, blob in listed.items() if not within or path.startswith(f"{within}/")}
        return cls(folder, files, commit, tuple(differences(listed, files)) if commit else ())


def for_git() -> dict[str, str]:
    """Return the environment in which git answers of the folder that it is asked in, and of the objects themselves.

    Variables of git's lead to another repository. `git replace` shows another commit under a commit's name: HEAD
    would then list the changed files as its own.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_NO_REPLACE_OBJECTS": "1"}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return what became of files: `M` changed, `A` added, `D` taken away, with the path."""
    letters = {path: "M" if path in after else "D" for path, blob in before.items() if after.get(path) != blob}
    letters |= {path: "A" for path in after if path not in before}
    return [f"{letter} {path}" for path, letter in sorted(letters.items())]


@dataclass(frozen=True, slots=True)
class Code:
    """The checkout, the source of an application that is not its own, and the variables that change what runs."""

    checkout: Tree
    application: Tree | None
    environment: Mapping[str, str]

    @classmethod
    def here(cls, environment: Mapping[str, str] = os.environ) -> Code:
        """Return what would run now. Raises OSError for a file that cannot be read."""
        source = Path(environment.get(APPLICATION) or ROOT).resolve()
        other = Tree.of(source, PACKAGE) if source != ROOT else None
        return cls(Tree.of(ROOT), other, dict(_changing(environment)))

    @property
    def commit(self) -> str | None:
        """The checkout's commit, `+changes` appended when any file differs from it; None outside of git."""
        tree = self.checkout
        return f"{tree.commit}+changes" if tree.commit and tree.changes else tree.commit

    @property
    def digest(self) -> str:
        """One name for all files that run."""
        both = self.checkout.digest + (self.application.digest if self.application else "")
        return both if self.application is None else hashlib.sha256(both.encode()).hexdigest()[:16]

    @property
    def files(self) -> dict[str, str]:
        """All files that run; those of another folder's application by their whole path."""
        other = self.application
        theirs = {str(other.folder / path): blob for path, blob in other.files.items()} if other else {}
        return {**self.checkout.files, **theirs}

    def document(self) -> dict[str, Any]:
        """For `run.json`."""
        other = self.application
        return {
            "digest": self.digest,
            "changes": list(self.checkout.changes[:TOLD]),
            "changed": len(self.checkout.changes),
            "application": other and {"folder": str(other.folder), "commit": other.commit, "digest": other.digest},
            "environment": dict(self.environment),
        }


def _files(folder: Path, within: str) -> Iterator[tuple[str, str]]:
    for path, folders, names in os.walk(folder / within):
        here = os.path.normpath(os.path.relpath(path, folder))
        folders[:] = [name for name in folders if name not in MADE and os.path.normpath(f"{here}/{name}") != REPORTS]
        links = [name for name in folders if os.path.islink(f"{path}/{name}")]  # noqa: PTH114 - thousands, each start
        for name in (*names, *links):
            found = os.path.normpath(f"{here}/{name}")
            if not name.endswith((".pyo", ".pyd")) and name != ".coverage" and not _is_made(found):
                yield found, _blob(f"{path}/{name}")


def _blob(path: str) -> str:
    """Git's name for a file's content."""
    try:
        content = os.readlink(path).encode() if os.path.islink(path) else _read(path)  # noqa: PTH114, PTH115
    except FileNotFoundError:
        return "gone"
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - a Path for each file takes as long as the rest
        return file.read()


def _commit(folder: Path) -> tuple[str | None, dict[str, str]]:
    """Return the commit of the repository that begins at `folder`, and git's name for each of its files' content."""
    if not (folder / ".git").exists() or (head := _git(folder, "rev-parse", "HEAD")) is None:
        return None, {}
    matches = (_LISTED.match(line) for line in (_git(folder, "ls-tree", "-r", "-z", "HEAD") or "").split("\0"))
    listed = {match["path"]: match["blob"] for match in matches if match}
    return head.strip(), {path: blob for path, blob in listed.items() if not _is_made(path)}


def _is_made(path: str) -> bool:
    """Whether a file is not looked at: git's own settings, and what lies where a run writes and changes no session."""
    inside = any(path.startswith(f"{folder}/") for folder in OUTPUT)
    changes = path.endswith(SETTING) and not path.startswith(f"{REPORTS}/")
    return os.path.basename(path).startswith(".git") or (inside and not changes)  # noqa: PTH119


def _git(folder: Path, *words: str) -> str | None:
    """Return what git says; None where there is no git, or it refuses."""
    try:
        done = subprocess.run(["git", *words], cwd=folder, env=for_git(), capture_output=True, text=True, check=True)  # noqa: S603, S607
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def _changing(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in sorted(environment.items()):
        if (
            value
            and value != _NOWHERE
            and _CHANGING.search(name)
            and not _OWN.match(name)
            and name.lower() != "no_proxy"
        ):
            yield name, value
