"""The proof of one database: plant, attack, compare with the control, and write down what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict

from isolation import interference, notifications, oracles, predicates, reach, reuse, routines, steps
from isolation.actors import USERS, Actor, Cast
from isolation.arena import Arena, Outcome, unprotect
from isolation.catalog import Catalog, Relation, read
from isolation.clone import Workshop, connect
from isolation.config import Config
from isolation.errors import BadInput
from isolation.judge import changed, seen
from isolation.ledger import Ledger
from isolation.synthesis import Planter
from isolation.tables import Attack, Attacks
from isolation.tenancy import Tenancy, infer
from isolation.world import Row, World, observe


@dataclass(slots=True)
class Proof:
    """Everything that the attacks share."""

    catalog: Catalog
    config: Config
    planter: Planter
    world: World
    cast: Cast
    arena: Arena
    control: Arena
    ledger: Ledger
    controls_fired: int = 0

    def __post_init__(self) -> None:
        self._memory: dict[tuple[str, tuple[str, ...], tuple[str, ...], bool], Outcome] = {}
        self.attackers = list(self.cast.attackers())

    _memory: dict[tuple[str, tuple[str, ...], tuple[str, ...], bool], Outcome] = None  # type: ignore[assignment]
    attackers: list[Actor] = None  # type: ignore[assignment]
    _emptied: str = ""

    def owner(self) -> Actor:
        """Tenant A in the application's role."""
        return self.cast.user(USERS["A"])

    def control_outcome(self, actor: Actor, statements: tuple[str, ...], hard: bool = False) -> Outcome:
        """The same action with the protection taken away; ``hard`` also without triggers and foreign keys."""
        key = (actor.role, actor.enter, statements, hard)
        if key not in self._memory:
            before = "set local session_replication_role = replica" if hard else ""
            if hard and self._emptied and statements[0].startswith("insert"):
                before = self._emptied
            self._memory[key] = self.control.attempt(actor, statements, before=before)
        return self._memory[key]

    def fires(self, actor: Actor, relation: Relation, attack: Attack) -> bool:
        """Whether the attack would be noticed if nothing stood in its way."""
        for hard in (False, True):
            outcome = self.control_outcome(actor, attack.statements, hard)
            if self.effect(actor, relation, attack, outcome) or (attack.operation == "INSERT" and outcome.made):
                return True
        mine = self.arena.attempt(self.owner(), attack.statements)
        return bool(
            mine.state is None and (mine.touched or mine.made or [t for t in mine.tokens if t in self.world.entitled])
        )

    def effect(self, actor: Actor, relation: Relation, attack: Attack, outcome: Outcome) -> str:
        """What the attack achieved, in words."""
        if attack.operation == "SELECT":
            if (
                relation.name in self.world.service_tables
                and relation.name != self.world.shape.membership
                and outcome.rows
                and outcome.state is None
            ):
                return "rows that only the service may read came back"
            return seen(self.world, actor, outcome)
        if outcome.state is not None:
            return seen(self.world, actor, outcome, " ".join(attack.statements))
        return (
            changed(self.world, actor, outcome)
            or self._reference_written(relation, outcome)
            or seen(self.world, actor, outcome, " ".join(attack.statements))
        )

    def _reference_written(self, relation: Relation, outcome: Outcome) -> str:
        kind = self.world.shape.of.get(relation.name, Tenancy("none")).kind
        anonymous = any(self.catalog.find(n) is relation for n in self.config.anonymous_insert)
        if relation.kind in "rpf" and kind == "none" and (outcome.touched or (outcome.made and not anonymous)):
            return f"{relation.name} belongs to no tenant, and was written"
        return ""

    def foreign_rows(self, relation: Relation) -> list[Row]:
        """The rows that lie in this relation, or in what it reads."""
        names = {relation.name, *(c.name for c in self.catalog.children(relation.name)), *relation.reads}
        return [r for r in self.world.rows.values() if r.relation in names]

    def relation(self, relation: Relation) -> None:
        """Every attacker, every operation, on one relation."""
        composer = Attacks(self.world, self.planter, relation)
        attacks, victims = list(composer.all()), composer.victims
        self._emptied = (
            f"set local session_replication_role = replica; delete from {composer.base.sql}"
            if composer.base.kind in "rp"
            else ""
        )
        for actor in self.attackers:
            by_operation: dict[str, list[Attack]] = {}
            for attack in attacks:
                by_operation.setdefault(attack.operation, []).append(attack)
            anything = any(not self.world.may_write(actor, r) for r in victims)
            for operation, group in by_operation.items():
                if anything or operation in ("INSERT", "SELECT"):
                    self._cell(actor, relation, operation, group)

    def _cell(self, actor: Actor, relation: Relation, operation: str, group: list[Attack]) -> None:
        for attack in group:
            outcome = self.arena.attempt(actor, attack.statements)
            if operation == "INSERT" and outcome.state == "23505" and self._emptied:
                before = f"{self._emptied}; set local session_replication_role = origin"
                outcome = self.arena.attempt(actor, attack.statements, before=before)
                outcome.touched.clear()
            effect = self.effect(actor, relation, attack, outcome)
            if effect:
                self.ledger.leak(
                    _kind(relation, operation),
                    actor,
                    relation.name,
                    operation,
                    effect,
                    attack.statements,
                    _fix(relation, operation),
                )
                self.controls_fired += 1
                return
        if any(self.fires(actor, relation, a) for a in group):
            self.controls_fired += 1
            self.ledger.mark(actor.name, relation.name, operation, "blocked")
        elif (
            operation in ("SELECT", "UPSERT", "MOVE", "TAKE")
            or relation.kind in "vm"
            or operation.endswith("RETURNING")
        ):
            return  # nothing foreign is to be had here, with or without protection
        else:
            self.ledger.mark(
                actor.name, relation.name, operation, "unproven", "the control did not see the attack succeed"
            )


def prove(config: Config, schemas: tuple[str, ...], shop: Workshop) -> Proof:
    """Plant two tenants in a clone of the database and attack. Raises BadInput and Untried."""
    target = shop.clone()
    with connect(target) as connection:
        catalog = read(connection, schemas)
        shape = infer(catalog, config)
        if all(t.kind == "none" for n, t in shape.of.items() if n != shape.users):
            raise BadInput(
                'no relation with a tenant was found: name each under [tenancy], as "schema.table" = "column"'
            )
        _check(config, catalog)
        connection.execute("set statement_timeout = '20s'")
        planter = Planter(connection, catalog, config, shape)
        planter.plant()
        world = observe(connection, planter)
    cast = Cast(catalog, config, planter.tenants | {"M": planter.tenants["A"]})
    planted = str(conninfo_to_dict(target)["dbname"])
    bare, spoilt = shop.clone(planted), shop.clone(planted)
    roles = [r for r in dict.fromkeys((cast.member, config.member, config.anonymous)) if r in catalog.roles]
    unprotect(bare, world, [str(r) for r in roles])
    ledger = Ledger(script=[s for _, s in planter.script])
    proof = Proof(catalog, config, planter, world, cast, Arena(target, world), Arena(bare, world), ledger)
    try:
        _attack(proof)
        notifications.probe(proof, spoilt)
    finally:
        proof.arena.close()
        proof.control.close()
    return proof


def _attack(proof: Proof) -> None:
    for relation in proof.catalog.relations.values():
        proof.relation(relation)
    routines.probe(proof)
    steps.probe(proof)
    oracles.probe(proof)
    interference.probe(proof)
    predicates.probe(proof)
    reach.probe(proof)
    _access(proof)
    planted = {r.relation for r in proof.world.rows.values()}
    for failed in proof.planter.unplanted:
        if failed.relation not in planted:
            proof.ledger.mark("A", failed.relation, "PLANT", "unproven", failed.why)
    reuse.probe(proof)


def _access(proof: Proof) -> None:
    """Each tenant reaches its own: some row of each of its tables, through anything that it may read or call."""
    owner = proof.owner()
    got = {r.name: proof.arena.attempt(owner, (f"select * from {r.sql}",)) for r in proof.catalog.relations.values()}
    called = [
        proof.arena.attempt(owner, (s,)) for r in proof.catalog.routines for s in routines.calls(proof, r, "A")[:6]
    ]
    texts = "\n".join(o.text for o in [*got.values(), *called] if o.state is None)
    for relation in proof.catalog.relations.values():
        tenancy = proof.world.shape.of.get(relation.name, Tenancy("none"))
        platform = relation.name == proof.world.shape.users or relation.schema in ("auth", "storage", "realtime")
        declared = any(proof.catalog.find(n) is relation for n in proof.config.tenancy)
        if (
            relation.kind not in "rp"
            or tenancy.kind == "none"
            or relation.name in proof.world.service_tables
            or (platform and not declared)
        ):
            continue
        if relation.parents:
            continue
        names = {relation.name, *(c.name for c in proof.catalog.children(relation.name))}
        rows = [r for r in proof.world.rows.values() if r.relation in names and "A" in r.writers]
        keys = [
            str(v)
            for r in rows
            for c in (relation.primary or tuple(r.values))
            if (v := r.values.get(c)) and len(str(v)) > 1
        ]
        direct = got[relation.name]
        if (
            rows
            and not direct.rows
            and not any(k in texts for k in keys if k not in (USERS["A"].id, *proof.planter.tenants.values()))
        ):
            why = direct.error or "none of its own rows came back"
            effect, tried = f"A cannot read what is A's: {why}", (f"select * from {relation.sql}",)
            fix = (
                "let the owner read it: a SELECT policy and grant, without recursion; or declare it under service_only"
            )
            proof.ledger.leak("locked out", owner, relation.name, "ACCESS", effect, tried, fix)
        elif rows:
            proof.ledger.mark("A", relation.name, "ACCESS", "blocked")


def _check(config: Config, catalog: Catalog) -> None:
    for key in ("public_identifiers", "service_only", "anonymous_insert"):
        for entry in getattr(config, key):
            known = catalog.find(entry) or catalog.find(entry.rpartition(".")[0])
            if "(" in entry:
                known = known or next(
                    (r for r in catalog.routines if r.routine == entry.split("(")[0].split(".")[-1]), None
                )  # type: ignore[assignment]
            if known is None:
                raise BadInput(f'[intent] {key}: "{entry}" names nothing in this database; correct or remove it')
    if config.login and config.login not in catalog.roles:
        raise BadInput(
            f"[connection] login: there is no role {config.login}; name the role that the application logs in as"
        )


def _kind(relation: Relation, operation: str) -> str:
    if relation.kind == "v":
        return "view"
    if relation.kind == "m":
        return "materialized view"
    if relation.kind == "f":
        return "foreign table"
    if relation.parents:
        return "partition or child"
    return {"SELECT": "read"}.get(operation, "write")


def _fix(relation: Relation, operation: str) -> str:
    if relation.kind == "v":
        return (
            f"alter view {relation.name} set (security_invoker = true, security_barrier = true), or revoke its grants"
        )
    if relation.kind in "mf":
        return f"row security does not reach {relation.name}: revoke its grants from the API roles"
    if not relation.row_security:
        return f"alter table {relation.name} enable row level security, and give it policies bound to the tenant"
    return f"bind {relation.name}'s policies for {operation.split()[0]} to the tenant (USING and WITH CHECK)"
