"""What a column might hold to satisfy the expressions that mention it, likeliest first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ..model.canary import token
from ..model.catalog import Category, Column
from .patterns import matching
from .values import NUMBER, TIMES, constants, fresh

_MATCHED = re.compile(
    r"!?~\*?\s*'((?:[^']|'')*)'|regexp_\w+\([^']*'((?:[^']|'')*)'|similar_to_escape\('((?:[^']|'')*)'"
)
_SHAPES = ("", "0", "1", "{}", "[]", "()", "empty", "a", "2031-01-01")
_SPANS = ("1 day", "1 hour", "1 second", "0", "1 month", "1 year", "1000 hours")
MOST, HASHED = 60, 40


def proposals(column: Column, expression: str, side: str, serial: int) -> list[str | None]:
    """Values for a column; NULL where it may be NULL."""
    told = dict.fromkeys(_of(column, expression, side, serial))
    nothing = [] if column.required else [None]
    return [*list(told)[:MOST], *nothing]


def _of(column: Column, expression: str, side: str, serial: int) -> Iterator[str]:
    usual = fresh(column, side, serial)
    if usual is not None:
        yield usual
    if "satisfies_hash_partition" in expression:
        yield from (v for n in range(HASHED) if (v := fresh(column, side, HASHED * (serial + 1000) + n)))
    base = column.base
    if column.category is Category.ENUM:
        yield from column.labels
    elif base == "boolean":
        yield from ("true", "false")
    elif base in TIMES or base.startswith("time"):
        yield from _moments(expression, serial)
    elif base == "interval":
        yield from (*constants(expression), *_SPANS)
    elif column.category is Category.NUMBER:
        yield from _numbers(expression, serial)
    elif base in ("json", "jsonb"):
        yield from _documents(expression, token(side, serial))
    elif column.category is Category.ARRAY:
        yield from _arrays(expression, token(side, serial), serial)
    elif column.category is Category.TEXT:
        yield from _texts(expression, side, serial)
    else:
        yield from (*constants(expression), *_SHAPES, token(side, serial))


def _moments(expression: str, serial: int) -> Iterator[str]:
    found = [c for c in constants(expression) if re.match(r"\d", c)]
    day = 1 + serial % 28
    for moment in found:
        yield moment
        if re.match(r"\d{4}-\d\d-\d\d", moment):
            yield f"{moment[:8]}{day:02d}{moment[10:]}"
    yield from (f"2031-03-{1 + d:02d}" for d in range(7))
    yield from ("2001-01-01", "2061-01-01", "2061-01-02", "1990-06-15", "today", "12:00", "08:00", "18:00")


def _numbers(expression: str, serial: int) -> Iterator[str]:
    bounds = [float(n) for n in NUMBER.findall(expression)] + [float(n) for n in constants(expression) if _numeric(n)]
    if bounds:
        lowest, highest = (int(min(bounds)), int(max(bounds))) if len(set(bounds)) > 1 else (1, 97)
        yield str(lowest + serial % (highest - lowest + 1))
        yield str(int(max(bounds)) + serial)
        yield str(int(min(bounds)) - serial)
    yield from (f"{n + d:g}" for n in bounds for d in (1, 0, -1, 0.5))
    yield from ("1", "0", "2", "10", "100", "-1", "0.5", str(serial))


def _numeric(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _texts(expression: str, side: str, serial: int) -> Iterator[str]:
    sample = token(side, serial)
    patterns = list(dict.fromkeys("".join(m) for m in _MATCHED.findall(expression)))
    for pattern in patterns:
        yield from matching(pattern.replace("''", "'"), sample)
    for constant in constants(expression):
        if constant not in patterns and not re.search(rf"->>? '{re.escape(constant)}'", expression):
            yield constant.replace("%", sample).replace("_", "x") if "~~" in expression else constant
    yield from (f"{sample}@{side}.example", f"https://{sample}.example/", sample.upper(), f"/{sample}", f"{sample}.png")
    yield from (f"+9190{serial:08d}", f"{serial:06d}", f"{sample}-x", f"{serial:032x}", "#00ff00", "INR", "en", "a b")
    yield re.sub(r"\d", lambda m: "abcdefghij"[int(m[0])], sample)
    for length in sorted({int(float(n)) + d for n in NUMBER.findall(expression) for d in (-1, 0, 1)}):
        if 0 < length < 10_000:
            yield (sample * (length // 8 + 1))[-length:]
            yield f"{serial:x}{ord(side):x}".zfill(length)[-length:]
    yield ""


def _documents(expression: str, sample: str) -> Iterator[str]:
    keys = [c for c in constants(expression) if re.fullmatch(r"[A-Za-z_]\w*", c)]
    named = [k for k in keys if re.search(rf"(->>?|\?[|&]?) '{k}'|'{k}'(::text)?[,\]\)]", expression)] or keys
    numbers = [float(n) for n in NUMBER.findall(expression)]
    inner: list[object] = [sample, *(n for n in (1, *numbers)), [sample], {"zq": sample}, True, *keys, [], {}]
    for value in inner:
        yield json.dumps({"zq": sample, **dict.fromkeys(named, value)})
    for one in named:
        for value in inner:
            yield json.dumps({"zq": sample, **dict.fromkeys(named, sample), one: value})
    for size in sorted({int(abs(n)) + d for n in (1, *numbers) for d in (0, 1) if n < 50}):
        yield json.dumps([sample] * size)
        yield json.dumps([{**dict.fromkeys(named, sample), "zq": sample}] * size)
    yield from (json.dumps(sample), "1", "true", "null", "{}", "[]", *map(json.dumps, keys))


def _arrays(expression: str, sample: str, serial: int) -> Iterator[str]:
    said = [c for c in constants(expression) if c]
    sizes = [int(float(n)) for n in NUMBER.findall(expression) if 0 < float(n) < 50]
    elements = [
        sample,
        *said,
        str(serial),
        "1",
        "1.5",
        "true",
        "2031-01-01",
        f"{serial:08x}-5eed-4000-8000-000000000000",
    ]
    for element in elements:
        literal = json.dumps(element)
        yield "{" + literal + "}"
        for size in sizes:
            yield "{" + ",".join([literal] * size) + "}"
            yield "{" + ",".join([literal] * (size - 1)) + "}"
    if said:
        yield "{" + ",".join(map(json.dumps, said)) + "}"
    yield from (c for c in said if c.startswith("{"))
    yield "{}"
