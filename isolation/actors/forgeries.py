"""Actors who say of themselves what is not true: in claims, headers and settings that a client writes, in names."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..model.actors import USERS, Actor, ActorKind, User
from ..model.catalog import Category
from ..model.sql import literal
from .factory import ActorFactory

_META = re.compile(r"user_meta_?data'?(?:::text)?\)?((?:\s*(?:->>?|#>>)\s*'[^']+'(?:::\w+(?:\[\])?)?\)*)+)")
_HEADER = re.compile(r"request\.headers'(?:::text)?[^;]{0,80}?->>\s*'([^']+)'")
_COMPARED = re.compile(r"(?:user_meta_?data|request\.(?:headers|cookies?))[^;\n]{0,80}? = '([^']+)'")
_SENT = re.compile(r"current_setting\('(request\.(?:header|cookie)\.[\w-]+)'")
_SETTING = re.compile(r"current_setting\('([\w.]+)'")
_LISTED = re.compile(r"jsonb?_array_elements|\bany\s*\(|@>|\?\|?", re.I)
_ALIKE = re.compile(r"~~|~\*|(?<!\w)~ |\bi?like\b|\b(?:starts_with|left|substr|position|strpos)\(", re.I)
_DOMAIN = re.compile(r"domain\w*@email")


class Forgeries:
    """What one factory's actors may say, by what the database reads of it."""

    def __init__(self, factory: ActorFactory) -> None:
        self._factory, self._catalog, self._config = factory, factory.catalog, factory.config

    def _user(self, user: User, name: str, claims: Mapping[str, Any] | None = None) -> Actor:
        return self._factory.user(user, name=name, kind=ActorKind.FORGER, claims=claims)

    def all(self) -> Iterator[Actor]:
        if self._factory.member is None:
            return
        a, b = USERS["A"], USERS["B"]
        tenant = self._factory.tenants.get("A", "")
        prizes = dict.fromkeys((tenant, a.id, a.email, "admin", "true", "service_role", "owner",
                                *_COMPARED.findall(self._catalog.texts)))  # fmt: skip
        keys = {tuple(re.findall(r"'\{?([^'}]+)\}?'", m)) for m in _META.findall(self._catalog.texts)}
        own = self._config.claims.get("user_metadata", {})
        keys |= {(k,) for k in own}
        lists = ([self._factory.tenants.get("A", "")], [a.id]) if _LISTED.search(self._catalog.texts) else ()
        for path, prize in itertools.product(sorted(keys), (*prizes, *lists)):
            forged = _nested([p for part in path for p in part.split(",")], prize)
            told = f"forging user_metadata.{'.'.join(path)}={prize if isinstance(prize, str) else f'[{prize[0]}]'}"
            yield self._user(b, name=f"B {told}", claims={"user_metadata": forged})
            if "app_metadata" in self._catalog.texts:  # who was told nothing by the service may be believed instead
                yield self._user(USERS["S"], name=f"S {told}", claims={"user_metadata": forged})
        for header in sorted(set(_HEADER.findall(self._catalog.texts))):
            for prize in prizes:
                actor = self._user(b, name=f"B forging header {header}={prize}")
                told = literal(json.dumps({header: prize}))
                yield replace(actor, enter=(*actor.enter, f"select set_config('request.headers', {told}, true)"))
        for setting in sorted(set(_SENT.findall(self._catalog.texts))):
            for prize in prizes:
                actor = self._user(b, name=f"B forging {setting}={prize}")
                told = f"select set_config({literal(setting)}, {literal(prize)}, true)"
                yield replace(actor, enter=(*actor.enter, told))
        yield from self._setters(b, prizes)
        yield from self._namesakes(b)
        if "email" in self._catalog.texts:
            yield from (self._user(b, name=f"B as {e}", claims={"email": e}) for e in self._addresses())

    def _setters(self, user: User, prizes: Iterable[str]) -> Iterator[Actor]:
        """Where any SQL may be run, a setting is what the client sets; claims alone are trusted."""
        settings = set(self._config.settings) | set(_SETTING.findall(self._catalog.texts))
        free = self._config.model == "sql" and self._config.login is None  # a backend's role is not the client's to use
        for setting in sorted(settings) if free else ():
            compared = rf"current_setting\('{re.escape(setting)}'[^;\n]{{0,60}}? = '([^']+)'"
            told_apart = dict.fromkeys((*prizes, *re.findall(compared, self._catalog.texts)))
            for prize in told_apart if not setting.startswith("request.") else ():
                told = f"select set_config({literal(setting)}, {literal(prize)}, true)"
                actor = self._user(user, name=f"{user.name} setting {setting}={prize}")
                yield replace(actor, begin=(*actor.begin, told))

    def _namesakes(self, user: User) -> Iterator[Actor]:
        """Tenants who chose a name that a careless comparison takes for A's, where names are texts that are chosen."""
        name, told = (
            self._factory.tenants.get("A", ""),
            [t for t in self._config.tenancy.values() if "@member" not in t],
        )
        columns = [
            r.column(t.partition("@")[0]) for n, t in self._config.tenancy.items() if (r := self._catalog.find(n))
        ]
        chosen = any(c and c.category is Category.TEXT for c in columns) and not any(
            c and c.base == "uuid" for c in columns
        )
        if not (name and told and chosen and _ALIKE.search(self._catalog.texts)) or len(told) < len(columns):
            return
        sources = [
            *(s for s, v in self._config.settings.items() if "{tenant}" in v),
            *_told_tenant(self._config.claims),
        ]
        named = any(not s.lower().endswith("id") for s in sources)
        for other in (name[: len(name) // 2], *(("%", f"_{name[1:]}") if named else ())):
            factory = ActorFactory(self._catalog, self._config, {**self._factory.tenants, user.name: other})
            factory.identifying = self._factory.identifying
            yield factory.user(user, name=f"{user.name} as tenant {other}", kind=ActorKind.FORGER)

    def _addresses(self) -> list[str]:
        """Addresses that anybody can register and that a careless pattern takes for another's."""
        victim = USERS["A"].email
        crafted = [f"x{victim}", f"{victim}.evil.example", "%", "_" + victim[1:], ".*@.*"]
        for pattern in re.findall(
            r"(?:like|~~\*?|~\*?|ends?_?with|starts_with|right|position)\W[^']{0,40}'([^']*[@.%][^']*)'",
            self._catalog.texts,
            re.I,
        ):
            core = pattern.strip("%^$*.").replace("\\", "")
            if not pattern.strip("^.*%").startswith("@"):
                crafted.append(f"x@evil{core.lstrip('@')}")
            if not pattern.endswith(("$", core[-1:])):
                crafted.append(f"x@{core.lstrip('@')}.evil.example")
        if any(_DOMAIN.search(told) for told in self._config.tenancy.values()):  # who has it is a colleague
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
