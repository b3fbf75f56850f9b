"""Imported once, by the process that sessions are forked from: pytest, its plugins, and every test."""

from __future__ import annotations

import os

import pytest

from defects import session  # noqa: F401 - what the forked processes perform
from defects.defect import FILES

QUIET = ("-qq", "--collect-only", "-p", "no:cacheprovider")


def _collect() -> None:
    folders = dict.fromkeys(folder for folders in FILES.values() for folder in folders)
    told = os.dup(1)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)
    pytest.main([*QUIET, *folders, "tests/migrations", "tests/service", "tests/model"])
    os.dup2(told, 1)
    os.close(told)


_collect()
