"""Which stack: embedded on this machine, in containers, or by compose."""

from __future__ import annotations

import os
from collections.abc import Mapping

from stack.embedded import Stack
from stack.errors import UnavailableError

VARIABLE = "RAPTORFLOW_STACK_KIND"
"""The environment variable that says what "auto" means, for every command; without it, embedded."""
AUTO, EMBEDDED, CONTAINERS, COMPOSE = "auto", "embedded", "containers", "compose"
KINDS = (EMBEDDED, CONTAINERS, COMPOSE)


def chosen(kind: str = AUTO, environment: Mapping[str, str] = os.environ) -> str:
    """Return the stack that is meant. Raises UnavailableError for one that there is not."""
    meant = environment.get(VARIABLE) or EMBEDDED if kind == AUTO else kind
    if meant not in KINDS:
        raise UnavailableError(f"{VARIABLE}={meant} is no stack; use one of {', '.join(KINDS)}")
    return meant


def start(kind: str = AUTO) -> Stack:
    """Bring a stack up. Raises UnavailableError when it cannot be had here: another is never taken in its place."""
    meant = chosen(kind)
    if meant == CONTAINERS:
        from stack.containers.stack import ContainerStack

        return ContainerStack.start()
    if meant == COMPOSE:
        from stack.compose.stack import ComposeStack

        return ComposeStack.start()
    return Stack.start()
