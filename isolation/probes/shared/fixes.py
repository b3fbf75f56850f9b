"""SQL that closes what a probe went through."""

from __future__ import annotations

from collections.abc import Sequence

from ...attempts.effects import attacked
from ...introspection.tenancy import TenancyKind
from ...model.actors import Actor
from ...model.catalog import Command, Policy, Relation, RelationKind, Routine
from ...model.cell import Deed
from ...model.sql import literal, quote
from ...planting.dataset import secrets
from ..base import Context
from .attacks import Attack

COMMANDS = {
    Deed.READS: Command.SELECT,
    Deed.ADDS: Command.INSERT,
    Deed.CHANGES: Command.UPDATE,
    Deed.REMOVES: Command.DELETE,
}


def relation_fix(context: Context, relation: Relation, actor: Actor, attack: Attack, before: str) -> str:
    """What closes an attack on a relation: on the view, the grant, row security or the policy that is at fault."""
    if relation.kind is RelationKind.VIEW:
        return f"alter view {relation.sql} set (security_invoker = true, security_barrier = true)"
    served = relation.name in context.world.service_tables and relation.name != context.world.shape.membership
    if not relation.tabular or served:
        return revoked(context, f"all on {relation.sql}")
    if attack.operation.deed is Deed.READS and (secret := secrets(context.world, relation.name)):
        others = ", ".join(quote(c.name) for c in relation.columns if c.name not in secret)
        again = f"grant select ({others}) on {relation.sql} to {quote(actor.role)}"
        return f"{revoked(context, f'select on {relation.sql}')}; {again}"
    if not relation.row_security:
        bound = _bound(context, relation)
        check = f"create policy zq_tenant on {relation.sql} using ({bound}) with check ({bound})"
        return f"alter table {relation.sql} enable row level security; {check}"
    culprits = _culprits(context, relation, actor, attack, before)
    if not culprits:
        return f"alter table {relation.sql} force row level security"
    return "; ".join(_narrowed(context, relation, policy) for policy in culprits)


def revoked(context: Context, what: str) -> str:
    """Take something from everybody that attackers act as."""
    roles = [quote(r) for r in dict.fromkeys(a.role for a in context.attackers())]
    return f"revoke {what} from {', '.join(['public', *roles])}"


def routine_fix(context: Context, routine: Routine) -> str:
    """Nobody may call it any more; where the callers' rights suffice, it runs with them."""
    types = ", ".join(a.type for a in routine.arguments)
    return revoked(context, f"execute on routine {routine.sql}({types})")


def _bound(context: Context, relation: Relation) -> str:
    """A condition that binds a row to the caller's tenant; false where nothing tells how."""
    shape, tenancy = context.world.shape, context.world.shape.tenancy(relation.name)
    column = quote(tenancy.column)
    if tenancy.key:
        column = f"({column} ->> {literal(tenancy.key)})"
    setting = next((s for s, v in context.config.settings.items() if "{tenant}" in v), None)
    caller = "(select auth.uid())" if any(r.name == "auth.uid" for r in context.catalog.routines) else None
    if tenancy.kind is TenancyKind.USER and caller and not shape.names_account(relation, tenancy.column):
        return f"{column}::text = {caller}::text"
    if tenancy.kind in (TenancyKind.TENANT, TenancyKind.MEMBER) and setting:
        return f"{column}::text = current_setting({literal(setting)}, true)"
    membership = context.catalog.relations.get(shape.membership or "")
    if tenancy.kind in (TenancyKind.TENANT, TenancyKind.MEMBER) and membership and caller:
        user, tenant = quote(shape.membership_user), quote(shape.membership_tenant)
        if not shape.names_account(membership, shape.membership_user):
            return f"{column} in (select m.{tenant} from {membership.sql} m where m.{user} = {caller})"
    return "false"


def _applicable(relation: Relation, role: str, command: Command) -> list[Policy]:
    return [
        p
        for p in relation.policies
        if p.permissive and p.command in (command, Command.ALL) and ({role, "public"} & set(p.roles) or not p.roles)
    ]


def _culprits(context: Context, relation: Relation, actor: Actor, attack: Attack, before: str) -> Sequence[Policy]:
    """The policies that let an attack through: the one without which it does not, else all that may."""
    deed, name = attack.operation.deed, attack.operation.name
    commands = [COMMANDS[deed], *([Command.UPDATE] if name == "UPSERT" else [])]
    policies = list(dict.fromkeys(p for c in commands for p in _applicable(relation, actor.role, c)))
    for policy in policies if context.alters and len(policies) > 1 else ():
        without = f"drop policy {quote(policy.name)} on {relation.sql}"
        gone = "; ".join(filter(None, (before, without)))
        outcome = context.attempt(actor, attack.statements, before=gone)
        if not attacked(context.world, actor, relation, deed, name, attack.statements, outcome):
            return [policy]
    return policies


def _narrowed(context: Context, relation: Relation, policy: Policy) -> str:
    bound = _bound(context, relation)
    parts = [
        f"{word} (({text}) and ({bound}))"
        for word, text in (("using", policy.using), ("with check", policy.check))
        if text is not None
    ]
    return f"alter policy {quote(policy.name)} on {relation.sql} {' '.join(parts)}"
