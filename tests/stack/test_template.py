"""Templates of migrated data directories are kept for other checkouts, and older ones go."""

from __future__ import annotations

import os
import time
from pathlib import Path

from stack import template


def test_old_templates__go_and_those_in_use_stay(tmp_path: Path) -> None:
    """The newest are kept; of the others only those that nobody can be copying any more are removed."""
    now = time.time()
    ages_s = [10, 20, 30, 40, template.IN_USE_S - 60, template.IN_USE_S + 60, 10 * template.IN_USE_S]
    for number, age in enumerate(ages_s):
        folder = tmp_path / f"template-{number}"
        folder.mkdir()
        os.utime(folder, (now - age, now - age))

    template._forget_old(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [f"template-{n}" for n in range(5)]
