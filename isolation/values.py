"""Values that carry a canary, for every type one that nobody else's row holds; the states a column may be in."""

from __future__ import annotations

import re

from isolation.catalog import Catalog, Column, Relation

TOKEN = re.compile(
    r"zq[a-z]\d{5}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![\d.])9[1-4]\d{7}(?!\d)"
)
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?")
_WIDE = {"integer", "bigint"}
_TIMES = {"timestamp with time zone", "timestamp without time zone", "date"}


def token(side: str, serial: int) -> str:
    """The text canary of a side (a letter) and a serial number."""
    return f"zq{side}{serial:05d}"


def identifier(side: str, serial: int) -> str:
    """The uuid canary."""
    return f"{ord(side):02x}{serial:06x}-5eed-4000-8000-{serial:012x}"


def fresh(column: Column, side: str, serial: int) -> str | None:
    """A value, as text, that no other (side, serial) has; None where the type can carry none."""
    base, name = column.base, column.name.lower()
    if column.category == "E":
        return column.labels[0] if column.labels else None
    if base.endswith("[]"):
        return "{" + token(side, serial) + "}" if base in ("text[]", "character varying[]") else "{}"
    if base == "uuid":
        return identifier(side, serial)
    if base in ("text", "character varying", "character", "citext", "name"):
        text = f"{token(side, serial)}@{side}.example" if "email" in name else token(side, serial)
        return text if column.length is None or len(text) <= column.length else text[-column.length :]
    if base in _WIDE:
        return str(910_000_000 + 10_000_000 * (ord(side) % 4) + serial)
    return _scalar(column, side, serial)


def _scalar(column: Column, side: str, serial: int) -> str | None:
    day = f"20{31 + serial // 336 % 60:02d}-{serial // 28 % 12 + 1:02d}-{serial % 28 + 1:02d}"
    moment = f"{day} 0{ord(side) % 10}:{serial % 60:02d}:00"
    address = f"10.{ord(side)}.{serial // 256 % 256}.{serial % 256}"
    whole = (column.precision or 99) - (column.scale or 0)
    simple = {
        "boolean": "false",
        "smallint": str(20000 + serial % 10000),
        "numeric": str(910_000_000 + 10_000_000 * (ord(side) % 4) + serial) if whole >= 9 else str(serial % 10**whole),
        "real": str(serial),
        "double precision": str(910_000_000 + 10_000_000 * (ord(side) % 4) + serial),
        "money": str(serial),
        "date": day,
        "time without time zone": moment[11:],
        "time with time zone": moment[11:] + "+00",
        "timestamp with time zone": moment + "+00",
        "timestamp without time zone": moment,
        "interval": f"{serial} seconds",
        "json": f'{{"zq": "{token(side, serial)}"}}',
        "jsonb": f'{{"zq": "{token(side, serial)}"}}',
        "bytea": token(side, serial),
        "inet": address,
        "cidr": address,
        "macaddr": f"02:00:00:{ord(side):02x}:{serial // 256 % 256:02x}:{serial % 256:02x}",
        "xml": f"<a>{token(side, serial)}</a>",
        "tsvector": token(side, serial),
        "int4range": f"[{serial * 10},{serial * 10 + 5})",
        "int8range": f"[{serial * 10},{serial * 10 + 5})",
        "numrange": f"[{serial * 10},{serial * 10 + 5})",
        "daterange": f"[{day},{day}]",
        "tstzrange": f"[{moment}+00,{moment}+00]",
        "tsrange": f"[{moment},{moment}]",
        "point": f"({serial},1)",
        "bit": "1",
        "oid": str(serial),
    }
    return simple.get(column.base)


def constants(text: str) -> list[str]:
    """The quoted constants of an SQL expression, casts ignored."""
    return list(dict.fromkeys(q.replace("''", "'") for q in _QUOTED.findall(text)))


def candidates(column: Column, expression: str, side: str, serial: int) -> list[str | None]:
    """What might satisfy a failing CHECK on this column, likeliest first."""
    if column.category == "E":
        return list(column.labels)
    if column.base == "boolean":
        return ["true", "false"]
    quoted = constants(expression)
    if column.base in _TIMES:
        return ["2031-01-01", "2001-01-01", *quoted]
    numbers = [float(n) for n in _NUMBER.findall(expression)]
    if column.category == "N":
        near = [n + d for n in numbers for d in (1, 0, -1)]
        return [_within(numbers, serial), *(f"{n:g}" for n in near), "1", "0", "-1"]
    sample, lengths = token(side, serial), [int(n) for n in numbers if 0 < n < 10_000]
    sized = [
        f(n)
        for n in lengths
        for f in (lambda n: (sample * (n // 8 + 1))[-n:], lambda n: f"{serial:x}{ord(side):x}".zfill(n)[-n:])
    ]
    shaped = [
        f"{sample}@{side}.example",
        f"https://{sample}.example/",
        sample.upper(),
        f"/{sample}",
        f"+9190{serial:08d}",
        f"{serial:06d}",
        re.sub(r"\d", lambda m: "abcdefghij"[int(m[0])], sample),
        f"{sample}-x",
    ]
    return [
        *([None] if column.default else []),
        *quoted,
        *sized,
        *shaped,
        "{}",
        "[]",
        *([] if column.required else [None]),
    ]


def _within(bounds: list[float], serial: int) -> str:
    """A whole number between the bounds, where there are two: any serial's satisfies the same range."""
    lowest, highest = (int(min(bounds)), int(max(bounds))) if len(set(bounds)) > 1 else (1, 97)
    return str(lowest + serial % (highest - lowest + 1))


def states(relation: Relation, column: Column, catalog: Catalog) -> list[str | None]:
    """The values that a policy may tell apart; empty where the column is no state."""
    if column.generated:
        return []
    if column.category == "E":
        return list(column.labels)
    if column.base == "boolean":
        return ["false", "true"]
    if column.base in ("text", "character varying"):
        return list(_compared(relation, column, catalog))
    if column.base in _TIMES and re.search(rf"\b{re.escape(column.name)}\b", catalog.texts):
        return [*([] if column.required else [None]), "2001-01-01", "2061-01-01"]
    return []


def _compared(relation: Relation, column: Column, catalog: Catalog) -> list[str]:
    found: list[str] = []
    for check in relation.checks:
        if check.columns == (column.name,) and re.search(r"ANY|=|IN", check.expression):
            found += constants(check.expression) if "~" not in check.expression else []
    name = re.escape(column.name)
    pattern = rf"\b{name}\b\)?(?:::\w+)?\s*(?:=|<>|!=|in|= any)\s*\(*(?:array\[)?((?:\s*'[^']*'(?:::[\w ]+)?,?)+)"
    for match in re.finditer(pattern, catalog.texts, re.I):
        found += constants(match[1])
    return [v for v in dict.fromkeys(found) if v]
