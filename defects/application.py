"""A copy of the application with one rule broken."""

from __future__ import annotations

import shutil
from pathlib import Path

from defects.defect import ROOT, BadCatalogueError, Defect, Edit

PACKAGE = "raptorflow"


def copy(folder: Path, defect: Defect | None = None) -> Path:
    """Copy the application into `folder`, which must be new, and break it. Raises `BadCatalogueError`."""
    shutil.copytree(ROOT / PACKAGE, folder / PACKAGE)
    for edit in defect.edits if defect else ():
        text = edited(defect, edit, (folder / edit.file).read_text(encoding="utf-8"))
        (folder / edit.file).write_text(text, encoding="utf-8")
    return folder


def edited(defect: Defect | None, edit: Edit, text: str) -> str:
    """Return the file's text after the edit. Raises `BadCatalogueError` unless `old` is there exactly once."""
    times = text.count(edit.old)
    name = defect.id if defect else "?"
    if times != 1:
        raise BadCatalogueError(
            f"{name}: {edit.file} holds its old text {times} times, not once: the code has moved on"
        )
    if edit.old == edit.new:
        raise BadCatalogueError(f"{name}: {edit.file}: its edit changes nothing")
    return text.replace(edit.old, edit.new)


def check(defects: list[Defect]) -> None:
    """Raise `BadCatalogueError` for the first defect that no longer fits the code; nothing is started before."""
    for defect in defects:
        for edit in defect.edits:
            file = ROOT / edit.file
            if not edit.file.startswith(f"{PACKAGE}/") or not file.is_file():
                raise BadCatalogueError(f"{defect.id}: {edit.file} is no file of the application")
            edited(defect, edit, file.read_text(encoding="utf-8"))
