"""The proof's own proof: the protection is broken on purpose, piece by piece, and each breakage must be noticed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import psycopg

from ..attempts.controls import ControlPair, Try
from ..attempts.session import Session
from ..database.clones import CloneFactory, connect
from ..engine.context import ProofContext
from ..engine.prove import Proof
from ..introspection.catalog import read
from ..model.actors import Actor, ActorKind
from ..model.catalog import Catalog, Relation
from ..model.cell import Evidence, Key
from ..model.outcome import Outcome
from ..probes import own_rows, privileges, routines, statements, two_steps
from .equivalence import idle
from .mutants import Breakage, Mutant, MutantGenerator
from .reach import asking, calls, reached

QUICK = (ActorKind.NEIGHBOUR, ActorKind.ANONYMOUS)


class UnaskedPair(ControlPair):
    """Asks for no control: what is blocked in a mutant is of no interest."""

    def controls(self, actor: Actor | None, tries: Sequence[Try], before: str = "", look: bool = True) -> list[Outcome]:  # noqa: ARG002
        """Nothing came of them."""
        return [Outcome() for _ in tries]

    def as_owner(self, tries: Sequence[Try]) -> list[Outcome]:
        """Nothing came of them."""
        return [Outcome() for _ in tries]


@dataclass
class MutantContext(ProofContext):
    """A proof's context at a mutant; `touched` are the relations through which the breakage may show."""

    touched: list[Relation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A breakage that nothing noticed: `equivalent` where nobody can profit by it, else `missed`."""

    object: str
    mutation: str
    kind: str
    why: str


@dataclass(slots=True)
class Score:
    """How many breakages were tried, and which were noticed."""

    mutants: int = 0
    killed: int = 0
    survivors: list[Survivor] = field(default_factory=list)

    def document(self, duration_s: float) -> dict[str, Any]:
        """As in the JSON output."""
        equivalent = sum(s.kind == "equivalent" for s in self.survivors)
        counted = self.mutants - equivalent
        return {
            "mutants": self.mutants,
            "killed": self.killed,
            "equivalent": equivalent,
            "missed": counted - self.killed,
            "score": round(self.killed / counted, 4) if counted else None,
            "survivors": [asdict(s) for s in self.survivors],
            "duration_s": round(duration_s, 3),
        }


def score(proof: Proof, clones: CloneFactory) -> dict[str, Any]:
    """Break each piece in a clone of the planted database, and attack what it may open."""
    began, counted = time.perf_counter(), Score()
    roles = tuple(dict.fromkeys(a.role for a in proof.context.attackers()))
    known = frozenset(Key(f.relation, f.actor, f.operation) for f in proof.log.findings)
    with connect(clones.clone(proof.pristine)) as connection:
        mutants = list(MutantGenerator(connection, proof.context.catalog, roles).all())
    for mutant in mutants:
        _try(proof, clones, mutant, known, counted)
    return counted.document(time.perf_counter() - began)


def _try(proof: Proof, clones: CloneFactory, mutant: Mutant, known: frozenset[Key], counted: Score) -> None:
    dsn, whole = clones.clone(proof.pristine), proof.context
    try:
        with connect(dsn) as connection:
            for statement in mutant.statements:
                connection.execute(statement.encode())
            catalog = read(connection)
            why = idle(connection, whole.world, whole.attackers(), catalog, mutant)
    except psycopg.Error:
        clones.drop(dsn)  # PostgreSQL refuses the breakage: there is no such mutant
        return
    counted.mutants += 1
    session = Session(dsn, whole.world)
    try:
        broken = _context(whole, session, catalog, mutant)
        if any(_new(e, known) for e in _attack(whole, broken, mutant, every=why is None)) or _locked_out(whole, broken):
            counted.killed += 1
        else:
            kind, because = ("equivalent", why) if why else ("missed", "no attempt noticed it")
            counted.survivors.append(Survivor(mutant.object, mutant.change, kind, because))
    finally:
        session.close()
        clones.drop(dsn)


def _new(evidence: Evidence, known: frozenset[Key]) -> bool:
    """Whether it shows a leak that the unbroken database does not have."""
    return bool(evidence.effect) and evidence.key not in known


def _context(whole: ProofContext, session: Session, catalog: Catalog, mutant: Mutant) -> MutantContext:
    called = tuple(r for r in catalog.routines if calls(whole.catalog, mutant, r.name, r.source))
    seen = replace(catalog, relations=whole.catalog.relations, routines=called)
    pair = UnaskedPair(session, whole.pair.unprotected, whole.owner())
    touched = [whole.catalog.relations[name] for name in reached(whole.catalog, mutant)]
    context = MutantContext(seen, whole.config, whole.planter, whole.world, whole.factory, pair)
    context.touched = touched
    return context


def _attack(whole: ProofContext, broken: MutantContext, mutant: Mutant, *, every: bool) -> Iterator[Evidence]:
    """What the breakage may open: likely attackers first, then everybody and everything."""
    broken.everybody = whole.attackers(*QUICK)
    yield from _usual(broken)
    yield from own_rows.PROBE.run(broken)
    if not every:
        return
    if mutant.breakage is Breakage.GRANT:
        yield from privileges.PROBE.run(broken)
    broken.everybody = whole.attackers()
    yield from _usual(broken)
    deciding = mutant.relation and asking(whole.catalog, mutant.relation.split(".")[-1])
    if deciding or (mutant.relation and mutant.relation == whole.world.shape.membership):
        yield from two_steps.PROBE.run(broken)


def _usual(broken: MutantContext) -> Iterator[Evidence]:
    for relation in broken.touched:
        yield from statements.attack(broken, relation)
    yield from routines.PROBE.run(broken)


def _locked_out(whole: ProofContext, broken: MutantContext) -> bool:
    """Whether the tenant read rows before the breakage, and reads none after it."""
    reads = [(f"select * from {relation.sql}",) for relation in broken.touched]
    before, after = (c.attempts(c.owner(), reads, look=False) for c in (whole, broken))
    return any(then.rows and not now.rows for then, now in zip(before, after, strict=True))
