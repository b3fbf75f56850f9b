"""Notifications: anybody may LISTEN to a channel with a fixed name, so what is sent there must be nobody's data."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg

from ..database.clones import Connection, connect
from ..model.actors import USERS, ActorKind
from ..model.canary import TOKEN
from ..model.catalog import Catalog, Category, Column, Identity, Relation
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.insertion import insertion
from ..model.sql import literal, quote
from ..planting.values import states
from .base import Context, Probe
from .shared.calls import calls

_CHANNEL = re.compile(r"pg_notify\(\s*'([^']+)'\s*,|\bnotify\s+\"?([a-z_]\w*)", re.I)
_PLAIN = re.compile(r"zq[a-z]\d{5}|(?<![0-9A-Za-z.])9[1-4]0\d{6}(?![0-9A-Za-z])")
_OTHER = {
    Category.NUMBER: "{0} + 1",
    Category.BOOLEAN: "not {0}",
    Category.MOMENT: "{0} + interval '1 day'",
    Category.TEXT: "{0} || 'x'",
}
_CALL = re.compile(r"(?:pg_catalog\.)?\bpg_notify\s*\(", re.I)
_COMPUTED = re.compile(r"\bpg_notify\s*\((?!\s*'[^']*'\s*,)", re.I)
_ALOUD = "said aloud on "
_SPEAKER = f"""create or replace function public.zq_aloud(channel text, payload text) returns void language plpgsql as
$$ begin raise notice '{_ALOUD}% %', channel, payload; perform pg_catalog.pg_notify(channel, payload); end $$"""
LISTEN, SAID_S, CALLS = Operation("LISTEN", Deed.READS), 0.2, 4


def run(context: Context) -> Iterator[Evidence]:
    """Write A's rows and commit, in a clone that nothing else uses, and read what B hears."""
    for dsn in context.share([context.spoilt] if context.spoilt else [], "listening"):
        yield from _listened(context, dsn)


def _listened(context: Context, dsn: str) -> Iterator[Evidence]:
    channels = fixed(context.catalog)
    computed = _computed(context.catalog)
    actor = next(iter(context.attackers(ActorKind.NEIGHBOUR)), None)
    if not (channels or computed) or actor is None:
        return
    heard = _heard(context, dsn, channels, computed)
    fix = "-- send an opaque id, and let the listener read the row under row security"
    for channel in [*channels, *sorted({name for name, _ in heard} - set(channels))]:
        payloads = [payload for name, payload in heard if name == channel]
        foreign = [t for p in payloads for t in _PLAIN.findall(p) if not t.startswith("zqb")]
        effect = f"canary {foreign[0]} was sent to everybody who listens" if foreign else ""
        control, tried = (
            Control(bool(payloads), "nothing was sent while rows were written"),
            (f"listen {quote(channel)}",),
        )
        yield Evidence(actor, channel, LISTEN, effect, control, tried, kind="notification", fix=fix)


def fixed(catalog: Catalog) -> list[str]:
    """The channels whose names are written in triggers and routines."""
    sources = [*catalog.trigger_sources.values(), *(r.source for r in catalog.routines)]
    return sorted({name for source in sources for found in _CHANNEL.findall(source) for name in found if name})


def speaks(catalog: Catalog) -> bool:
    """Whether anything in the database sends notifications."""
    return bool(fixed(catalog) or _computed(catalog))


def _computed(catalog: Catalog) -> list[int]:
    """The routines that work out a channel's name."""
    return [oid for oid, source in catalog.sources.items() if _COMPUTED.search(source)]


def _overhear(writer: Connection, computed: list[int]) -> list[tuple[str, str]]:
    """Let these routines say aloud what they send: a channel whose name nobody knows yet cannot be listened to."""
    told: list[tuple[str, str]] = []

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        _, mark, said = (notice.message_primary or "").partition(_ALOUD)
        if mark:
            channel, _, payload = said.partition(" ")
            told.append((TOKEN.sub("…", channel), payload))

    writer.add_notice_handler(hear)
    for oid in computed:
        row = writer.execute("select pg_get_functiondef(%s)", (oid,)).fetchone()
        definition = _CALL.sub("public.zq_aloud(", str(row[0]) if row else "")
        writer.execute(_SPEAKER.encode())
        writer.execute(definition.encode())
    return told


def _heard(context: Context, dsn: str, channels: list[str], computed: list[int]) -> list[tuple[str, str]]:
    with connect(dsn) as listener, connect(dsn) as writer:
        told = _overhear(writer, computed)
        for channel in channels:
            listener.execute(f"listen {quote(channel)}".encode())
        writer.execute("set lock_timeout = '1s'; set statement_timeout = '5s'")
        for relation in context.world.stored:
            if any("notify" in source.lower() for source in relation.triggers):
                for statement in _writes(context, relation):
                    _quietly(writer, statement)
        for routine in context.catalog.routines if "notify" in context.catalog.texts.lower() else ():
            for call in calls(context.arguments, routine, "A")[:CALLS] if "notify" in routine.source.lower() else ():
                _quietly(writer, f"begin; {context.owner().sql}; {call}; commit")
                writer.execute("rollback; reset session authorization")
        heard = [(n.channel, n.payload) for n in listener.notifies(timeout=SAID_S)]
        return [*heard, *(t for t in told if t[0] not in channels)]


def _writes(context: Context, relation: Relation) -> Iterator[str]:
    """What may fire a trigger: a new row, each column set to another value and to each state, and a removal."""
    yield insertion(relation, context.compose(relation, USERS["A"]))
    for column in relation.columns:
        if column.generated or column.identity is Identity.ALWAYS:
            continue
        name = quote(column.name)
        for value in _others(context, relation, column):
            yield f"update {relation.sql} set {name} = {value}"
    yield f"delete from {relation.sql}"


def _others(context: Context, relation: Relation, column: Column) -> Iterator[str]:
    name = quote(column.name)
    if column.category in _OTHER:
        yield _OTHER[column.category].format(name)
    yield from (f"{literal(v)}::{column.type}" for v in states(relation, column, context.catalog) if v is not None)
    yield name


def _quietly(connection: Connection, statement: str) -> None:
    """What a constraint refuses fires nothing; whether anything was sent is what counts."""
    try:
        connection.execute(statement.encode())
    except psycopg.Error:
        return


PROBE = Probe("listening", ("LISTEN",), run, commits=("every channel", LISTEN))
