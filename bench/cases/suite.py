"""How long every test there is takes, in parallel."""

from __future__ import annotations

import sys

from bench.case import Case, run

CASES = (
    Case("make test", lambda: run((sys.executable, "-m", "pytest", "-q", "-n", "auto")), promise_s=90.0, rounds=1),
)
