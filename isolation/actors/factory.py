"""Who acts: the tenants, their colleagues, strangers and nobody, and how each is told to the database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..config.model import Config
from ..model.actors import USERS, Actor, ActorKind, User
from ..model.catalog import Catalog
from ..model.sql import literal

_APP = re.compile(r"app_metadata'(?:::text)?\)?\s*->>?\s*'([^']+)'")
_CLAIM = re.compile(r"(?:jwt\(\)[^-]{0,30}|request\.jwt\.claims'[^-]{0,60})->>\s*'([^']+)'")
_LEGACY = re.compile(r"current_setting\('request\.jwt\.claim\.(\w+)'")
_TENANTLIKE = re.compile(r"tenant|workspace|org|team|account|company")


STANDING = {
    "B": ActorKind.NEIGHBOUR,
    "S": ActorKind.STRANGER,
    "M": ActorKind.COLLEAGUE,
    "R": ActorKind.REMOVED,
    "Q": ActorKind.REMOVED,
    "P": ActorKind.REMOVED,
}
"""What each user who attacks is to A."""
OF_A = (ActorKind.COLLEAGUE, ActorKind.REMOVED)


class ActorFactory:
    """Makes actors for one configuration; `tenants` maps a user's name to his tenant's id."""

    def __init__(self, catalog: Catalog, config: Config, tenants: Mapping[str, str]) -> None:
        self.catalog, self.config, self.tenants = catalog, config, tenants
        self.identifying: Callable[[str, str], str | None] = lambda user, claim: None  # noqa: ARG005 - once rows are known
        self.removed: tuple[str, ...] = ("R",)
        """Users who were members of A's tenant, each of whom another mark has removed."""
        self.login = config.login
        self.member = self.login or (config.member if config.member in catalog.roles else None)
        self.anonymous = config.anonymous if config.anonymous in catalog.roles else None

    def user(
        self,
        user: User,
        role: str | None = None,
        name: str = "",
        kind: ActorKind = ActorKind.NEIGHBOUR,
        claims: Mapping[str, Any] | None = None,
    ) -> Actor:
        """A signed-in user in the application's role, or another; `claims` come on top of what is usual."""
        role = role or self.member or ""
        usual = self._claims(user, role, self.tenants.get(user.name))
        _merge(usual, claims or {})
        return self._introduced(name or user.name, role, user, usual, kind)

    def owner(self) -> Actor:
        """Tenant A in the application's role."""
        return self.user(USERS["A"], kind=ActorKind.OWNER)

    def _introduced(self, name: str, role: str, user: User, claims: dict[str, Any], kind: ActorKind) -> Actor:
        tenant = self.tenants.get(user.name)
        enter = [f"select set_config('request.jwt.claims', {literal(json.dumps(claims))}, true)"]
        for setting, value in self.config.settings.items():
            filled = _fill(value, user, role, tenant)
            if filled is not None:
                enter.append(f"select set_config({literal(setting)}, {literal(filled)}, true)")
        for claim in dict.fromkeys(_LEGACY.findall(self.catalog.texts)):
            if isinstance(said := claims.get(claim), str):
                enter.append(f"select set_config('request.jwt.claim.{claim}', {literal(said)}, true)")
        begin = [b for b in (_fill(t, user, role, tenant) for t in self.config.begin) if b is not None]
        return Actor(name, role, user, tuple(enter), tuple(begin), kind, claims=claims)

    def _claims(self, user: User, role: str, tenant: str | None) -> dict[str, Any]:
        claims: dict[str, Any] = {"sub": user.id, "role": role, "email": user.email, "aud": "authenticated"}
        trusted, plain = _tenant_claims(self.catalog.texts)
        if tenant and trusted:
            claims["app_metadata"] = dict.fromkeys(trusted, tenant)
        if tenant:
            claims |= dict.fromkeys(plain, tenant)
        named = {claim: self.identifying(user.name, claim) for claim in _identifying_claims(self.catalog.texts)}
        claims = {claim: value for claim, value in named.items() if value is not None} | claims
        _merge(claims, _fill_all(self.config.claims, user, role, tenant))
        return claims

    def bare(self, name: str, role: str, claims: str | None, kind: ActorKind) -> Actor:
        """Nobody in a role: without claims, or with these."""
        enter = [] if claims is None else [f"select set_config('request.jwt.claims', {literal(claims)}, true)"]
        if claims == "":
            enter += [f"select set_config({literal(s)}, '', true)" for s in self.config.settings]
        return Actor(name, role, None, tuple(enter), kind=kind)

    def attackers(self) -> Iterator[Actor]:
        """Everybody but forgers who must not reach what is A's."""
        roles = dict.fromkeys(r for r in (self.member, self.config.member) if r and r in self.catalog.roles)
        for role in roles:
            usual = role == self.member
            suffix = "" if usual else f" as {role}"
            for name, kind in STANDING.items():
                there = kind is not ActorKind.REMOVED or name in self.removed
                if there and (usual or kind not in OF_A):
                    yield replace(self.user(USERS[name], role, name + suffix, kind), standard=usual)
            yield self.bare(f"{role} without claims", role, None, ActorKind.UNCLAIMED)
            empty = "{}" if self.login is None else ""
            yield self.bare(f"{role} with empty claims", role, empty, ActorKind.UNCLAIMED)
        if self.anonymous:
            claims = json.dumps({"role": self.anonymous})
            yield self.bare("anon", self.anonymous, claims, ActorKind.ANONYMOUS)
            yield self.bare("nobody", self.anonymous, None, ActorKind.UNTOLD)


@lru_cache(maxsize=4)
def _tenant_claims(texts: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys that policies read a tenant from: of ``app_metadata``, and of the claims themselves."""
    trusted, plain = _APP.findall(texts), _CLAIM.findall(texts)
    return tuple(filter(_TENANTLIKE.search, trusted)), tuple(filter(_TENANTLIKE.search, plain))


@lru_cache(maxsize=4)
def _identifying_claims(texts: str) -> tuple[str, ...]:
    """The claims that name a row: ``session_id`` one of the sessions."""
    return tuple(dict.fromkeys(claim for claim in _CLAIM.findall(texts) if claim.endswith("_id")))


def _fill(template: str, user: User, role: str, tenant: str | None) -> str | None:
    if "{tenant}" in template and tenant is None:
        return None
    filled = template.replace("{user}", user.id).replace("{email}", user.email).replace("{role}", role)
    return filled.replace("{tenant}", tenant or "")


def _fill_all(templates: Mapping[str, Any], user: User, role: str, tenant: str | None) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in templates.items():
        if isinstance(value, Mapping):
            out[key] = _fill_all(value, user, role, tenant)
        elif isinstance(value, list):
            out[key] = list(_fill_all(dict(enumerate(value)), user, role, tenant).values())  # type: ignore[arg-type]
        else:
            filled = _fill(value, user, role, tenant) if isinstance(value, str) else value
            if filled is not None:
                out[key] = filled
    return out


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
