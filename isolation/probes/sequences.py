"""Sequences: drawing the next number is fine; reading the counter of all tenants, or moving it, is not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from ..model.actors import ActorKind
from ..model.catalog import NumberSequence
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.sql import literal, quote
from .base import Context, Probe
from .privileges import granted

ASKING = (ActorKind.NEIGHBOUR, ActorKind.ANONYMOUS)
READ, MOVE = Operation("READ SEQUENCE", Deed.READS), Operation("SETVAL", Deed.CHANGES)


def run(context: Context) -> Iterator[Evidence]:
    """Every sequence, read and turned back."""
    pairs = list(product(context.attackers(*ASKING), context.catalog.sequences))
    for actor, sequence in context.share(pairs, "moving sequences"):
        for privilege, operation, statement in (
            ("SELECT", READ, f"select last_value from {sequence.sql}"),
            ("UPDATE", MOVE, _turned_back(sequence)),
        ):
            outcome = context.attempt(actor, (statement,), look=False)
            control = context.control(None, (statement,), look=False)
            through = outcome.ran and granted(context, sequence.name, actor, privilege)
            effect = "the counter of all tenants can be read or moved" if through else ""
            fix = f"revoke {privilege} on sequence {sequence.sql} from public, {quote(actor.role)}"
            fired, tried = Control(control.ran, control.error), (statement,)
            yield Evidence(actor, sequence.name, operation, effect, fired, tried, kind="sequence", fix=fix)


def _turned_back(sequence: NumberSequence) -> str:
    regclass = f"{literal(sequence.sql)}::regclass"
    return f"select setval({regclass}, seqmin) from pg_sequence where seqrelid = {regclass}"


PROBE = Probe("moving sequences", ("sequences",), run)
