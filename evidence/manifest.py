"""`manifest.json`: every file that a run left, with its size and digest, written last. What is lost later is named."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from core.files import replace
from evidence.reading import BrokenEvidenceError, read_document
from evidence.recorder import now
from evidence.run import Run

MANIFEST = "manifest.json"
_SAID = {"size", "sha256"}


def seal(run: Run) -> Path:
    """Write down all files that the run left; whatever differs from now on is lost or changed evidence."""
    files = {name: _entry(run.directory / name) for name in _names(run.directory)}
    return _write(run, {"sealed_at": now(), "files": files})


def reseal(run: Run, belongs: Callable[[str], bool]) -> None:
    """Write down anew the files that are drawn from the evidence; nothing where the run is not sealed, or no longer.

    `belongs` says of a path within the run whether it is such a file. The evidence itself stays as it was sealed:
    what was lost since is still named. A manifest that was changed stays as it is: a new digest would vouch for it.
    """
    try:
        manifest = read_document(run.directory / MANIFEST)
    except BrokenEvidenceError:
        return
    if _why_not(manifest):
        return
    files = {name: entry for name, entry in manifest["files"].items() if not belongs(name)}
    drawn = {name: _entry(run.directory / name) for name in _names(run.directory) if belongs(name)}
    _write(run, {**manifest, "files": {**files, **drawn}})


def differences(run: Run) -> Iterator[str]:
    """Say what is not as it was when the run was sealed, a sentence a file; one where nothing can be said."""
    try:
        manifest = read_document(run.directory / MANIFEST)
    except BrokenEvidenceError as error:
        why = str(error.broken.why)
        yield f"{MANIFEST}: {why}: nothing says which files the run left, or it did not come to its end"
        return
    if why_not := _why_not(manifest):
        yield f"{MANIFEST}: {why_not}"
        return
    files: dict[str, dict[str, Any]] = manifest["files"]
    there = set(_names(run.directory))
    for name, entry in sorted(files.items()):
        if name not in there:
            yield f"{name} was removed after the run had ended"
        elif changed := _changed(run.directory / name, entry):
            yield f"{name} {changed} after the run had ended"
    yield from (f"{name} was added after the run had ended" for name in sorted(there - files.keys()))


def sealed_at(run: Run) -> datetime | None:
    """When the run was sealed; None where it was not, or nothing can be believed of it."""
    try:
        found = datetime.fromisoformat(str(read_document(run.directory / MANIFEST).get("sealed_at")))
    except (BrokenEvidenceError, ValueError):
        return None
    return found if found.tzinfo else None


def _why_not(manifest: dict[str, Any]) -> str:
    """Say why nothing that a manifest says can be believed; nothing where it can."""
    if manifest.get("digest") != _sum(manifest):
        return "was changed after it had been written: it says nothing any more"
    files = manifest.get("files")
    if not isinstance(files, dict) or not files or not all(_is_entry(entry) for entry in files.values()):
        return "files: should say the size and the digest of each file"
    return ""


def _changed(file: Path, entry: dict[str, Any]) -> str:
    size = file.stat().st_size
    if size == entry["size"]:
        return "" if _digest(file) == entry["sha256"] else "was changed"
    if not size:
        return "was emptied"
    return f"was {'shortened' if size < entry['size'] else 'lengthened'} from {entry['size']} to {size} bytes"


def _names(folder: Path) -> Iterator[str]:
    """Every file but the manifest and what is hidden (a document that is being replaced)."""
    there = (Path(place, name) for place, _, names in os.walk(folder, followlinks=True) for name in names)
    for file in sorted(there):
        name = file.relative_to(folder)
        if file.is_file() and str(name) != MANIFEST and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix()


def _entry(file: Path) -> dict[str, Any]:
    return {"size": file.stat().st_size, "sha256": _digest(file)}


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and entry.keys() >= _SAID and isinstance(entry["size"], int)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(run: Run, manifest: dict[str, Any]) -> Path:
    manifest["digest"] = _sum(manifest)
    return replace(run.directory / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def _sum(manifest: dict[str, Any]) -> str:
    said = {name: value for name, value in manifest.items() if name != "digest"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
