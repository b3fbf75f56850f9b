"""`python3 -m stack.doctor`: which programs the harness needs, where they are, and how to get those that are missing.

It needs nothing but Python itself, so that it works where nothing else does.
"""

from __future__ import annotations

import sys

from stack.errors import UnavailableError
from stack.tools import TOOLS

OLDEST = (3, 11)


def main() -> int:
    """Print a line a program; returns 0 where all are there, else 2."""
    missing = 0
    if sys.version_info < OLDEST:
        missing += 1
        print(f"{'Python':{_WIDTH}} {sys.version.split()[0]} is too old: name 3.11 or newer, as make PYTHON=python3.12")
    else:
        print(f"{'Python':{_WIDTH}} {sys.executable} ({sys.version.split()[0]})")
    for tool in TOOLS:
        found = tool.find()
        missing += found is None
        print(f"{tool.name:{_WIDTH}} {found or f'missing; {tool.needed_for} needs it: {tool.remedy}'}")
    return UnavailableError.exit_code if missing else 0


_WIDTH = max(len(tool.name) for tool in TOOLS)

if __name__ == "__main__":
    sys.exit(main())
