"""A file is written all at once, or where nobody else can read it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core import files


def test_replace__leaves_the_new_content_alone(tmp_path: Path) -> None:
    """The file has the new content, its folder is made, and nothing else is left there."""
    file = tmp_path / "new" / "report.txt"
    for content in ("first", b"second"):
        files.replace(file, content)

    assert file.read_bytes() == b"second"
    assert list(file.parent.iterdir()) == [file]


def test_replace_that_fails__leaves_the_old_content_alone(tmp_path: Path) -> None:
    """Where the new content cannot be put, an error says so, and what was there stays without anything beside it."""
    folder = tmp_path / "a-folder"
    (folder / "inside").mkdir(parents=True)

    with pytest.raises(OSError, match="a-folder"):
        files.replace(folder, "content")

    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("there_before", [False, True])
def test_private__nobody_else_reads_it(tmp_path: Path, *, there_before: bool) -> None:
    """A private file is its owner's alone, also where one that everybody could read was there before."""
    file = tmp_path / "secrets.json"
    if there_before:
        file.write_text("old and longer")
        file.chmod(0o644)

    files.write_private(file, "new")

    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o600)
