"""The exit codes of every command of the harness."""

from __future__ import annotations

PASSED = 0
"""Everything that was asked for holds."""

FAILED = 1
"""Something that was tried does not hold."""

BAD_INPUT = 2
"""An option, a file or the machine is not as it must be; one line names it and the remedy. Nothing was tried."""

UNDECIDED = 3
"""Nothing speaks against it, and something is not decided yet."""

NO_EVIDENCE = 4
"""Nothing could be tried, or what was recorded cannot be believed."""

INTERRUPTED = 130
"""Ended by Ctrl-C."""
