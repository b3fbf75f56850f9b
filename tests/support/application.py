"""Questions to the application's own code, asked in its own environment: what it has, not what it answers."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from fixtures.stack import need_it_here
from stack.embedded import Stack
from stack.tools import APPLICATION, source

ROUTES = """
import json
from raptorflow.app import ROUTERS

def routes(router):
    for each in router.routes:
        inner = getattr(each, "original_router", None)
        yield from routes(inner) if inner else [each]

print(json.dumps([f"{method} {route.path}" for router in ROUTERS for route in routes(router)
                  for method in route.methods if not route.include_in_schema]))
"""
SETTINGS = """
import json
from raptorflow.settings import Settings
print(json.dumps({name.upper(): None if field.is_required() else field.default
                  for name, field in Settings.model_fields.items()}, default=str))
"""


def asked(stack: Stack, question: str) -> Any:
    """What a few lines of Python say, as JSON, beside the application's source."""
    need_it_here(stack)
    argv = (str(APPLICATION.require()), "-c", question)
    done = subprocess.run(argv, cwd=source(), capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
