"""Environments apart: where they are looked for, and what is said where one cannot be made."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.errors import UnavailableError
from stack.setup import apart


def test_folder_that_cannot_be_made__named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Environments are looked for where RAPTORFLOW_APART says; where none can be made, that is said."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("RAPTORFLOW_APART", str(tmp_path / "file"))

    with pytest.raises(UnavailableError, match="set RAPTORFLOW_APART to a writable folder") as refusal:
        apart.python("sdk-2.3.0")

    assert str(tmp_path / "file") in str(refusal.value)


def test_unknown_name__is_one_line_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is no environment is refused with exit code 2 before anything is fetched."""
    assert apart.main(["nonsense"]) == 2

    said = "".join(capsys.readouterr())
    assert "nonsense is no environment apart: there are " in said
    assert "sdk-2.3.0" in said
