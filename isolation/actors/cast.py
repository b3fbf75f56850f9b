"""Who acts: the tenants, their colleagues, strangers and nobody, and how each is told to the database."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from isolation.config.model import Config
from isolation.model.catalog import Catalog, literal, quote
from isolation.planting.values import identifier

_META = re.compile(r"user_meta_?data'?(?:::text)?\)?((?:\s*(?:->>?|#>>)\s*'[^']+'(?:::\w+(?:\[\])?)?\)*)+)")
_HEADER = re.compile(r"request\.headers'(?:::text)?[^;]{0,80}?->>\s*'([^']+)'")
_COMPARED = re.compile(r"(?:user_meta_?data|request\.(?:headers|cookies?))[^;\n]{0,80}? = '([^']+)'")
_SENT = re.compile(r"current_setting\('(request\.(?:header|cookie)\.[\w-]+)'")
_SETTING = re.compile(r"current_setting\('([\w.]+)'")
_APP = re.compile(r"app_metadata'(?:::text)?\)?\s*->>?\s*'([^']+)'")
_CLAIM = re.compile(r"(?:jwt\(\)[^-]{0,30}|request\.jwt\.claims'[^-]{0,60})->>\s*'([^']+)'")
_LEGACY = re.compile(r"current_setting\('request\.jwt\.claim\.(\w+)'")
_LISTED = re.compile(r"jsonb?_array_elements|\bany\s*\(|@>|\?\|?", re.I)
_ALIKE = re.compile(r"~~|~\*|(?<!\w)~ |\bi?like\b|\b(?:starts_with|left|substr|position|strpos)\(", re.I)
_DOMAIN = re.compile(r"domain\w*@email")
_TENANTLIKE = re.compile(r"tenant|workspace|org|team|account|company")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may own rows: ``side`` is the letter of the canaries."""

    name: str
    side: str
    id: str
    email: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A user (or nobody) acting in a role, with what the database is told about him."""

    name: str
    role: str
    user: User | None
    enter: tuple[str, ...]
    begin: tuple[str, ...] = ()
    claims: Mapping[str, Any] | None = field(default=None, compare=False, hash=False)

    @property
    def sql(self) -> str:
        """Statements that turn a superuser's transaction into this actor's."""
        return ";\n".join((*self.enter, f"set local session authorization {quote(self.role)}", *self.begin))


USERS = {
    n: User(n, n.lower(), identifier(n.lower(), 1), f"{mail}")
    for n, mail in (
        ("A", "zqa00001@a.example"),
        ("M", "zqm00001@a.example"),
        ("R", "zqr00001@r.example"),
        ("B", "zqb00001@b.example"),
        ("S", "zqs00001@s.example"),
        ("V", "zqv00001@a.example"),
        ("W", "zqw00001@a.example"),
    )
}


class Cast:
    """Makes actors for one configuration; ``tenants`` maps a user's name to his tenant's id."""

    def __init__(self, catalog: Catalog, config: Config, tenants: Mapping[str, str]) -> None:
        self.catalog, self.config, self.tenants = catalog, config, tenants
        self.held: Callable[[str, str], str | None] = lambda user, claim: None  # noqa: ARG005 - once rows are known
        self.login = config.login
        self.member = self.login or (config.member if config.member in catalog.roles else None)
        self.anonymous = config.anonymous if config.anonymous in catalog.roles else None

    def user(self, user: User, role: str | None = None, name: str = "", **more: Any) -> Actor:
        """A signed-in user in the application's role, or another."""
        role = role or self.member or ""
        claims = self._claims(user, role, more.pop("tenant", self.tenants.get(user.name)))
        _merge(claims, more)
        return self._told(name or user.name, role, user, claims)

    def _told(self, name: str, role: str, user: User, claims: dict[str, Any]) -> Actor:
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
        return Actor(name, role, user, tuple(enter), tuple(begin), claims)

    def _claims(self, user: User, role: str, tenant: str | None) -> dict[str, Any]:
        claims: dict[str, Any] = {"sub": user.id, "role": role, "email": user.email, "aud": "authenticated"}
        trusted, plain = _tenant_claims(self.catalog.texts)
        if tenant and trusted:
            claims["app_metadata"] = dict.fromkeys(trusted, tenant)
        if tenant:
            claims |= dict.fromkeys(plain, tenant)
        told = {claim: self.held(user.name, claim) for claim in _identifying_claims(self.catalog.texts)}
        claims = {claim: value for claim, value in told.items() if value is not None} | claims
        _merge(claims, _fill_all(self.config.claims, user, role, tenant))
        return claims

    def bare(self, name: str, role: str, claims: str | None) -> Actor:
        """Nobody in a role: without claims, or with these."""
        enter = [] if claims is None else [f"select set_config('request.jwt.claims', {literal(claims)}, true)"]
        if claims == "":
            enter += [f"select set_config({literal(s)}, '', true)" for s in self.config.settings]
        return Actor(name, role, None, tuple(enter))

    def attackers(self) -> Iterator[Actor]:
        """Everybody who must not reach what is A's."""
        roles = dict.fromkeys(r for r in (self.member, self.config.member) if r and r in self.catalog.roles)
        for role in roles:
            suffix = "" if role == self.member else f" as {role}"
            for name in ("B", "S", *(("M", "R") if not suffix else ())):
                yield self.user(USERS[name], role, name + suffix)
            yield self.bare(f"{role} without claims", role, None)
            yield self.bare(f"{role} with empty claims", role, "{}" if self.login is None else "")
        if self.anonymous:
            yield self.bare("anon", self.anonymous, json.dumps({"role": self.anonymous}))
            yield self.bare("nobody", self.anonymous, None)
        yield from self._forgers()

    def _forgers(self) -> Iterator[Actor]:
        if self.member is None:
            return
        a, b = USERS["A"], USERS["B"]
        prizes = dict.fromkeys((self.tenants.get("A", ""), a.id, a.email, "admin", "true", "service_role", "owner",
                                *_COMPARED.findall(self.catalog.texts)))  # fmt: skip
        keys = {tuple(re.findall(r"'\{?([^'}]+)\}?'", m)) for m in _META.findall(self.catalog.texts)}
        own = self.config.claims.get("user_metadata", {})
        keys |= {(k,) for k in own}
        lists = ([self.tenants.get("A", "")], [a.id]) if _LISTED.search(self.catalog.texts) else ()
        for path, prize in itertools.product(sorted(keys), (*prizes, *lists)):
            forged = _nested([p for part in path for p in part.split(",")], prize)
            told = f"forging user_metadata.{'.'.join(path)}={prize if isinstance(prize, str) else f'[{prize[0]}]'}"
            yield self.user(b, name=f"B {told}", user_metadata=forged)
            if "app_metadata" in self.catalog.texts:  # who was told nothing by the service may be believed instead
                yield self.user(USERS["S"], name=f"S {told}", user_metadata=forged)
        for header in sorted(set(_HEADER.findall(self.catalog.texts))):
            for prize in prizes:
                actor = self.user(b, name=f"B forging header {header}={prize}")
                told = literal(json.dumps({header: prize}))
                yield replace(actor, enter=(*actor.enter, f"select set_config('request.headers', {told}, true)"))
        for setting in sorted(set(_SENT.findall(self.catalog.texts))):
            for prize in prizes:
                actor = self.user(b, name=f"B forging {setting}={prize}")
                told = f"select set_config({literal(setting)}, {literal(prize)}, true)"
                yield replace(actor, enter=(*actor.enter, told))
        yield from self._setters(b, prizes)
        yield from self._namesakes(b)
        if "email" in self.catalog.texts:
            yield from (self.user(b, name=f"B as {e}", email=e) for e in self._addresses())

    def _setters(self, user: User, prizes: Iterable[str]) -> Iterator[Actor]:
        """Where any SQL may be run, a setting is what the client sets; claims alone are trusted."""
        settings = set(self.config.settings) | set(_SETTING.findall(self.catalog.texts))
        free = self.config.model == "sql" and self.config.login is None  # a backend's role is not the client's to use
        for setting in sorted(settings) if free else ():
            compared = rf"current_setting\('{re.escape(setting)}'[^;\n]{{0,60}}? = '([^']+)'"
            told_apart = dict.fromkeys((*prizes, *re.findall(compared, self.catalog.texts)))
            for prize in told_apart if not setting.startswith("request.") else ():
                told = f"select set_config({literal(setting)}, {literal(prize)}, true)"
                actor = self.user(user, name=f"{user.name} setting {setting}={prize}")
                yield replace(actor, begin=(*actor.begin, told))

    def _namesakes(self, user: User) -> Iterator[Actor]:
        """Tenants who chose a name that a careless comparison takes for A's, where names are texts that are chosen."""
        name, told = self.tenants.get("A", ""), [t for t in self.config.tenancy.values() if "@member" not in t]
        columns = [r.column(t.partition("@")[0]) for n, t in self.config.tenancy.items() if (r := self.catalog.find(n))]
        chosen = any(c and c.category == "S" for c in columns) and not any(c and c.base == "uuid" for c in columns)
        if not (name and told and chosen and _ALIKE.search(self.catalog.texts)) or len(told) < len(columns):
            return
        sources = [*(s for s, v in self.config.settings.items() if "{tenant}" in v), *_told_tenant(self.config.claims)]
        named = any(not s.lower().endswith("id") for s in sources)
        for other in (name[: len(name) // 2], *(("%", f"_{name[1:]}") if named else ())):
            cast = Cast(self.catalog, self.config, {**self.tenants, user.name: other})
            cast.held = self.held
            yield cast.user(user, name=f"{user.name} as tenant {other}")

    def _addresses(self) -> list[str]:
        """Addresses that anybody can register and that a careless pattern takes for another's."""
        victim = USERS["A"].email
        crafted = [f"x{victim}", f"{victim}.evil.example", "%", "_" + victim[1:], ".*@.*"]
        for pattern in re.findall(
            r"(?:like|~~\*?|~\*?|ends?_?with|starts_with|right|position)\W[^']{0,40}'([^']*[@.%][^']*)'",
            self.catalog.texts,
            re.I,
        ):
            core = pattern.strip("%^$*.").replace("\\", "")
            if not pattern.strip("^.*%").startswith("@"):
                crafted.append(f"x@evil{core.lstrip('@')}")
            if not pattern.endswith(("$", core[-1:])):
                crafted.append(f"x@{core.lstrip('@')}.evil.example")
        if any(_DOMAIN.search(told) for told in self.config.tenancy.values()):  # who has it is a colleague
            crafted = [c for c in crafted if c.rpartition("@")[2] != victim.rpartition("@")[2]]
            crafted.append(f"x@evil-{victim.rpartition('@')[2]}")
        return list(dict.fromkeys(crafted))


def _nested(path: Sequence[str], value: Any) -> Any:
    """A document with a value at this path."""
    return {path[0]: _nested(path[1:], value)} if path else value


def _told_tenant(claims: Mapping[str, Any]) -> Iterator[str]:
    """The keys of claims, at any depth, that carry the tenant."""
    for key, value in claims.items():
        if isinstance(value, Mapping):
            yield from _told_tenant(value)
        elif "{tenant}" in str(value):
            yield key


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
