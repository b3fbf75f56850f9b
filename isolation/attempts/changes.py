"""What a transaction has changed: the rows, as the superuser sees them, of every relation that it holds to write."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from ..database.clones import Connection
from ..model.catalog import Relation
from ..model.outcome import Key
from ..model.sql import Values, flat, literal
from ..planting.dataset import Dataset

CALL = "select pg_temp.digest()"
MANY = 200
"""From so many relations on, choosing among their queries takes as long as planning one anew."""
_FUNCTION = """
create or replace function pg_temp.digest() returns setof text language plpgsql volatile as $digest$
<<its>>
declare
  held oid;
  own bigint := mod(pg_current_xact_id_if_assigned()::text::bigint, 4294967296);
begin
  if own is null then return; end if;
  for held in
    select distinct relation from pg_locks where pid = pg_backend_pid() and locktype = 'relation'
      and mode not in ('AccessShareLock', 'RowShareLock') and relation = any('{%s}'::oid[])
  loop
%s
    return query execute format($query$%s$query$, held, held::regclass) using own;
  end loop;
end $digest$
"""
_QUERY = """select json_build_object('oid', {}, 'places', coalesce(json_agg(p), '[]'),
         'made', coalesce(json_agg(json_build_array(p, b)) filter (where b is not null), '[]'))::text
       from (select ctid::text || '/' || xmin::text p,
         case when mod(xmin::text::bigint - {} + 4294967296, 4294967296) < 2147483648 then to_jsonb(t.*)::text end b
         from only {} t) written"""
_KNOWN = """    if held = {oid} and to_regclass({name}) = {oid} then return query {query}; continue; end if;"""
"""A relation that is still called what it was: its query is planned once."""


@dataclass(slots=True)
class Digest:
    """By relation: where its rows lie now, and those that this transaction wrote."""

    places: dict[str, set[str]] = field(default_factory=dict)
    made: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def touched(self, world: Dataset, before: Digest) -> list[Key]:
        """The rows that were there ``before`` and are not any more."""
        gone: list[Key] = []
        for name, places in self.places.items():
            known = before.places.get(name) if name in before.places else world.places.get(name, ())
            gone += [(name, p) for p in sorted(set(known or ()) - places) if (name, p) in world.rows]
        return gone

    def written(self, before: Digest) -> list[tuple[str, Values]]:
        """The rows that were written since ``before``."""
        return [
            (name, flat(body))
            for name, rows in self.made.items()
            for place, body in rows
            if place not in before.places.get(name, ())
        ]


class Digester:
    """Puts the digest into a connection, and reads what it says."""

    def __init__(self, connection: Connection, world: Dataset) -> None:
        self._names = {r.oid: r.name for r in world.stored}
        known = [_known(r) for r in world.stored if "$" not in r.sql] if len(self._names) < MANY else []
        oids, anew = ",".join(map(str, self._names)), _QUERY.format("%s", "$1", "%s")
        connection.execute((_FUNCTION % (oids, "\n".join(known), anew)).encode())

    def read(self, cells: list[bytes]) -> Digest:
        """What the call returned, one relation a cell."""
        digest = Digest()
        for cell in cells:
            body = json.loads(cell)
            name = self._names[body["oid"]]
            digest.places[name] = set(body["places"])
            digest.made[name] = [(place, row) for place, row in body["made"]]
        return digest


def _known(relation: Relation) -> str:
    query = _QUERY.format(relation.oid, "its.own", relation.sql)
    return _KNOWN.format(oid=relation.oid, name=literal(relation.sql), query=query)
