"""Where any SQL may be run: what lies beside all tables, and what the server may run."""

from __future__ import annotations

from collections.abc import Iterator

from ..attempts.effects import seen
from ..model.actors import Actor, ActorKind
from ..model.canary import TOKEN
from ..model.cell import Control, Deed, Evidence, Operation
from .base import Context, Probe

ASKING = (ActorKind.NEIGHBOUR, ActorKind.ANONYMOUS)
SERVER, SELECT = Operation("SERVER", Deed.CALLS), Operation("SELECT", Deed.READS)
OBJECTS = "pg_catalog.pg_largeobject"
_BESIDE = {
    "pg_read_file": "select pg_read_file('PG_VERSION')",
    "pg_read_binary_file": "select pg_read_binary_file('PG_VERSION')",
    "pg_ls_dir": "select pg_ls_dir('.')",
    "lo_import": "select lo_import('PG_VERSION')",
    "COPY TO a file": "copy (select 1) to '/dev/null'",
    "COPY TO a program": "copy (select 1) to program 'cat > /dev/null'",
}


def run(context: Context) -> Iterator[Evidence]:
    """Files, programs and large objects."""
    actors = context.attackers(*ASKING) if context.config.model == "sql" else []
    for actor in context.share(actors, "asking the server"):
        for name, statement in _BESIDE.items():
            yield from _server(context, actor, name, statement)
        yield from _objects(context, actor)


def _server(context: Context, actor: Actor, name: str, statement: str) -> Iterator[Evidence]:
    tried = (statement,)
    ran = context.attempt(actor, tried, look=False).ran
    fired = context.control(None, tried, look=False).ran
    effect = "what the server itself may read or run is everybody's" if ran else ""
    fix = f"-- revoke what lets {actor.role} do it: EXECUTE on the function, or a pg_… role"
    if effect or fired:
        yield Evidence(actor, name, SERVER, effect, Control(fired), tried, kind="reach", fix=fix)


def _objects(context: Context, actor: Actor) -> Iterator[Evidence]:
    """Large objects have grants of their own, and no policy."""
    world = context.world
    theirs = [n for n, held in world.objects.items() if world.foreign(actor, TOKEN.findall(held))]
    if not theirs:
        return
    tries = [("select data from pg_catalog.pg_largeobject",), *((f"select lo_get({n})",) for n in theirs)]
    fix = "-- revoke what was granted on pg_largeobject and on the objects; hand them out by a routine that asks"
    control = Control(bool(seen(world, actor, context.control(None, tries[0], look=False))))
    for tried, outcome in zip(tries, context.attempts(actor, tries, look=False), strict=True):
        if outcome.ran and (effect := seen(world, actor, outcome)):
            yield Evidence(actor, OBJECTS, SELECT, effect, control, tried, kind="large object", fix=fix)
            return
    yield Evidence(actor, OBJECTS, SELECT, "", control, tries[0], kind="large object", fix=fix)


PROBE = Probe("asking the server", ("the server's files and programs, large objects",), run)
