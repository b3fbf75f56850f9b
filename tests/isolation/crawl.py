"""Every place of every request that the API's document describes, with another tenant's identifiers in it.

Nothing here names a route: a new one is crawled because the document has it. Each identifier of the victim's is paired
with one of the same shape that nobody has; whoever asks must be told the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from drivers.forms import FORM_TYPE

DEEP = 2
"""From this depth on the first property stands for its siblings: they are answers, all free text."""
METHODS = ("get", "post", "put", "patch", "delete")
UNDECLARED = ("X-Workspace-ID", "X-User-ID", "X-Forwarded-User", "X-Tenant-ID", "Idempotency-Key")
"""Headers that a route may read without saying so."""
ASKED = ("merchantOrderId", "workspace_id", "user_id", "payment_id")
"""What a page may read from its query."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+\d\d:\d\d)")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"(?<![\w.])\d+|(?<=-)\d+")
HTTP_OK = 200
_MADE = re.compile(r"(?:[A-Za-z0-9_-]{20,}\.){2}[A-Za-z0-9_-]+|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{22,}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a request an identifier can stand: ``body.a.b``, ``path.id``, ``query.q``, ``header.X``, `cookie.c`."""

    kind: str
    name: str
    is_uuid: bool


@dataclass(slots=True)
class Operation:
    """One method of one route with a plausible request for it."""

    method: str
    path: str
    places: list[Place] = field(default_factory=list)
    given: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"path": {}, "query": {}, "header": {}, "cookie": {}}
    )
    body: Any = None
    form: bool = False
    """Whether the body is sent as a page's form, not as JSON."""

    def request(self, place: Place | None, value: str) -> tuple[str, dict[str, str], Any]:
        """Path with its query, headers and body, ``value`` standing at ``place``."""
        given = {kind: dict(parts) for kind, parts in self.given.items()}
        body = json.loads(json.dumps(self.body))
        if place and place.kind == "body":
            body = _placed(body, place.name.split("."), value)
        elif place:
            given[place.kind][place.name] = value
        path = self.path
        for name, part in given["path"].items():
            path = path.replace("{" + name + "}", quote(part, safe=""))
        query = f"?{urlencode(given['query'])}" if given["query"] else ""
        cookies = "; ".join(f"{name}={part}" for name, part in given["cookie"].items())
        return path + query, given["header"] | ({"cookie": cookies} if cookies else {}), body

    def content(self, body: Any) -> tuple[str, bytes | None]:
        """The body as it is sent, with its type."""
        if body is None:
            return "", None
        return (FORM_TYPE, urlencode(body).encode()) if self.form else ("application/json", json.dumps(body).encode())


def pages(paths: Iterable[str], switch: str, cookies: Mapping[str, str], origin: str) -> Iterator[Operation]:
    """The pages at these paths, as who holds the cookies sees them, and the form that switches workspaces.

    Identifiers stand in queries, which a page may read without saying so, and in every cookie that holds one.
    """
    held = [Place("cookie", name, True) for name, value in cookies.items() if _UUID.fullmatch(value)]
    header = {"accept": "text/html", "origin": origin}
    for path in paths:
        places = [Place("query", name, False) for name in ASKED]
        yield Operation(
            "GET", path, [*places, *held], {"path": {}, "query": {}, "header": header, "cookie": {**cookies}}
        )
    given = {"path": {}, "query": {}, "header": header, "cookie": {**cookies}}
    yield Operation("POST", switch, [Place("body", "workspace", True), *held], given, {"workspace": ""}, form=True)


def operations(document: Mapping[str, Any], own: Mapping[str, str]) -> Iterator[Operation]:
    """Every operation of the document; ``own`` are the caller's identifiers by the names of parameters."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield _operation(document, method, path, methods[method], own)


def _operation(
    document: Mapping[str, Any], method: str, path: str, told: Mapping[str, Any], own: Mapping[str, str]
) -> Operation:
    made = Operation(method.upper(), path)
    for parameter in told.get("parameters", ()):
        schema = _resolved(document, parameter["schema"])
        place = Place(parameter["in"], parameter["name"], schema.get("format") == "uuid")
        made.places.append(place)
        if parameter["in"] == "path" or parameter.get("required"):
            made.given[parameter["in"]][parameter["name"]] = own.get(parameter["name"]) or str(
                _example(document, schema)
            )
    declared = {p.name.lower() for p in made.places}
    made.places += [Place("header", name, False) for name in UNDECLARED if name.lower() not in declared]
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        schema = _resolved(document, content["schema"])
        made.body = _example(document, schema)
        made.places += [Place("body", ".".join(p), False) for p in _leaves(made.body)]
    return made


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself: references followed, of several the first that is not null."""
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _resolved(document, found)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            choices = [_resolved(document, s) for s in schema[several]]
            return next((c for c in choices if c.get("type") != "null"), choices[0])
    return schema


def _example(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that the schema admits, every property given that it names."""
    schema = _resolved(document, schema)
    for known in ("const", "default"):
        if schema.get(known) is not None:
            return schema[known]
    if told := schema.get("enum") or schema.get("examples"):
        return told[0]
    kind = schema.get("type", "object")
    if kind == "object":
        wanted = schema.get("properties", {}) if depth < 6 else {}
        return {name: _example(document, part, depth + 1) for name, part in wanted.items()}
    if kind == "array":
        return [_example(document, schema.get("items", {}), depth + 1)] * max(1, schema.get("minItems", 0))
    if kind in ("integer", "number"):
        return max(1, int(schema.get("minimum", 1)))
    if kind == "boolean":
        return True
    return "1" * max(8, schema.get("minLength", 0)) if schema.get("format") != "uuid" else "0" * 8


def _leaves(body: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where texts stand in a body, and one place more in each object: a name that nobody asked for."""
    if isinstance(body, dict):
        alike = len(at) >= DEEP
        for name in list(body)[:1] if alike else body:
            yield from _leaves(body[name], (*at, name))
        if not at:
            yield ("workspace_id",)
            yield ("user_id",)
    elif isinstance(body, list):
        for number, each in enumerate(body[:1]):
            yield from _leaves(each, (*at, str(number)))
    elif isinstance(body, str):
        yield at


def _placed(body: Any, names: list[str], value: str) -> Any:
    if not names:
        return value
    if isinstance(body, list):
        return [_placed(body[0], names[1:], value), *body[1:]]
    return {**body, names[0]: _placed(body.get(names[0]), names[1:], value)}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, without what differs between any two requests: ids, moments, and what was sent."""

    status: int
    text: str

    @classmethod
    def of(cls, status: int, text: str, sent: str) -> Answer:
        """Take out what was sent, and all that is made anew for each answer."""
        for made in (sent, quote(sent, safe=""), json.dumps(sent)[1:-1]):
            text = text.replace(made, "…") if made else text
        try:
            told = json.loads(text)
        except ValueError:
            told = text
        if isinstance(told, dict):
            told.pop("request_id", None)
            text = json.dumps(told, sort_keys=True)
        for shape in (_MOMENT, _UUID, _MADE):
            text = shape.sub("…", text)
        if HTTP_OK <= status < 300:
            text = _NUMBER.sub("#", text)
        return cls(status, text)

    def without(self, *words: str) -> Answer:
        """Also without these."""
        text = self.text
        for word in words:
            text = text.replace(word, "…")
        return replace(self, text=text)
