"""Starts a command with the words of `ARGS` behind its own: `python -m core.words COMMAND …`, for the Makefile.

A shell would read `|| true` in them, and the command's exit code would be another's. Quotes work as in a shell.
"""

from __future__ import annotations

import os
import shlex
import sys

from core.exits import BAD_INPUT

VARIABLE = "ARGS"


def main() -> None:
    """Take this process's place; exit code 2 and one line where the words cannot be read."""
    try:
        words = shlex.split(os.environ.pop(VARIABLE, ""))
    except ValueError as error:
        print(f"{VARIABLE}: {error}: close each quote", file=sys.stderr)
        sys.exit(BAD_INPUT)
    command = [*sys.argv[1:], *words]
    os.execvp(command[0], command)  # noqa: S606 - no shell reads the words: that is what this is for


if __name__ == "__main__":
    main()
