"""SQL in files: which belong to a schema, in which order, and what came of applying each."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadInput
from .server import DATABASE, Server

_UNDOES = re.compile(r"(^|[._-])(down|undo|rollback|revert)\.sql$|^U\d[^/]*__", re.I)
_DOWN = re.compile(r"^--\s*(migrate:down|\+goose\s+down|\+migrate\s+down|@down)\b.*", re.I | re.M)
_FAILED = re.compile(
    r"^psql:(?P<file>.*?):(?P<line>\d+): (?:ERROR|FATAL|PANIC):\s+(?P<what>.*?)(?: at character \d+)?$", re.M
)
_BROKEN = re.compile(r"^psql:(?P<file>.*?):(?P<line>\d+): error: (?P<what>.*?)(?: at character \d+)?$", re.M)
_HARMLESS = re.compile(r"^\\(?:un)?(?:restrict|set|echo|qecho|timing|pset|encoding|x)\b.*$", re.M)
_RESTRICTED = 18
_SEEDS = {"seed.sql", "seeds.sql"}


@dataclass(frozen=True, slots=True)
class Failed:
    """A statement that could not be applied: the file as it was named, the statement's last line, and what is wrong."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def files_of(path: Path) -> list[Path]:
    """The files of SQL that make a schema, in order: by number where names begin with one. Raises BadInput.

    A folder is searched with all below it; a Supabase project is known by `supabase/migrations` or `migrations`.
    What takes a migration back, and seeds of rows, are left out.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise BadInput(f"{path}: there is no such file or folder; name a folder of SQL, a file of it, or a DSN")
    folder = next((p for p in (path / "supabase" / "migrations", path / "migrations") if p.is_dir()), path)
    found = [p for p in folder.rglob("*.sql") if p.is_file() and not _left_out(p)]
    if not found:
        raise BadInput(f"{path}: no file in it ends in .sql; name the folder that holds the migrations")
    return sorted(found, key=lambda p: [_natural(part) for part in p.relative_to(folder).parts])


def _left_out(file: Path) -> bool:
    return bool(_UNDOES.search(file.name)) or file.name in _SEEDS or file.stem.lower() in ("down", "seed")


def _natural(text: str) -> list[tuple[int, int, str]]:
    pieces = re.split(r"(\d+)", text)
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p.lower()) for p in pieces if p]


def text_of(file: Path) -> str:
    """What a file applies: its text up to where it would be taken back. Raises BadInput."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}; name a readable file") from error
    down = _DOWN.search(text)
    return text[: down.start()] if down else text


def apply(server: Server, role: str, pieces: Sequence[tuple[str, str]], *, skip_failing: bool) -> list[Failed]:
    """Apply named texts of SQL as `role`, each statement by itself; returns what failed.

    Raises BadInput with the first failure, its file and line, unless `skip_failing`.
    """
    failures: list[Failed] = []
    for name, text in pieces:
        failed = list(_applied(server, role, name, text, skip_failing=skip_failing))
        if failed and not skip_failing:
            raise BadInput(f"{failed[0]}; correct it, or go on without it by --skip-failing")
        failures += failed
    return failures


def _applied(server: Server, role: str, name: str, text: str, *, skip_failing: bool) -> Iterator[Failed]:
    argv = [server.programs.path("psql"), "-X", "-q", "-v", f"ON_ERROR_STOP={0 if skip_failing else 1}"]
    argv += ["-v", "VERBOSITY=terse", "-d", server.dsn(DATABASE, role)]
    if server.programs.version >= _RESTRICTED:  # files are read, never let run programs of this machine
        argv += ["-c", f"\\restrict {secrets.token_hex(16)}"]
    argv += ["-f", "-"]
    environment = os.environ | {"PGCLIENTENCODING": "UTF8", "PGOPTIONS": "-c client_min_messages=warning"}
    done = subprocess.run(  # noqa: S603
        argv,
        input=_HARMLESS.sub("", text),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        check=False,
    )
    problems = [*_FAILED.finditer(done.stderr), *_BROKEN.finditer(done.stderr)]
    for match in sorted(problems, key=lambda m: int(m["line"])):
        yield Failed(name, int(match["line"]), match["what"])
    if done.returncode and not problems:
        yield Failed(name, 1, " ".join(done.stderr.split()) or f"psql ended with {done.returncode}")
