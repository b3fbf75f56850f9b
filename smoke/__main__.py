"""`python -m smoke FILE.toml`: tries a deployment once, as JSON, in the minutes after it.

Exit codes: 0 all passed, 1 something failed, 2 bad input, 4 nothing could be tried, 130 interrupted.
"""

from __future__ import annotations

from core import caller

if __name__ == "__main__":
    caller.enter("smoke")  # before anything is imported that it might lead astray

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from core.exits import BAD_INPUT, FAILED, INTERRUPTED, NO_EVIDENCE, PASSED
from drivers.httpx_transport import HttpxTransport
from smoke.checks import Smoke
from stack import target
from stack.errors import UnavailableError


def main(argv: list[str] | None = None) -> int:
    """Try the target, print what was seen, and exit by it."""
    parser = argparse.ArgumentParser(prog="python -m smoke", description=__doc__, allow_abbrev=False)
    parser.add_argument("target", type=Path, metavar="FILE.toml", help="where the deployment is (docs/stack.md)")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="S", help="seconds for one answer (10)")
    given = parser.parse_args(argv)
    try:
        system = target.load(given.target)
        with HttpxTransport(timeout_s=given.timeout) as transport:
            checks = Smoke(system, transport).run()
    except UnavailableError as error:
        print(f"smoke: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    failed = [check for check in checks if check.status == "fail"]
    document = {
        "target": system.name,
        "status": "fail" if failed else "pass",
        "checks": [asdict(each) for each in checks],
    }
    print(json.dumps(document, indent=1))
    for check in failed:
        print(f"smoke: {check.name}: {check.why}", file=sys.stderr)
    passed = any(check.status == "pass" for check in checks)
    return FAILED if failed else PASSED if passed else NO_EVIDENCE


if __name__ == "__main__":
    sys.exit(main())
