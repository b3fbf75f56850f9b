"""The database that a target file names: proved only where the file says that the target may be written to freely."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ..errors import BadInput


def dsn_of(file: Path) -> str:
    """The DSN of a target's database, as ``env:NAME``. Raises BadInput where there is none, or it is not disposable."""
    told = _read(file)
    target, database = (told.get(section, {}) for section in ("target", "database"))
    if target.get("disposable") is not True:
        raise BadInput(
            f"--target {file}: target.disposable: a proof plants rows and locks what it tries; set disposable = true if"
            " that may be, or prove a copy by its DSN"
        )
    name = database.get("dsn_env")
    if not isinstance(name, str) or not name:
        raise BadInput(f"--target {file}: database.dsn_env: name the variable that holds a superuser's DSN")
    return f"env:{name}"


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"--target {file}: {error.strerror}; name a readable target file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"--target {file}: not TOML ({error}); correct the file") from error
