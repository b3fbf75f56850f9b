"""Values that carry a canary, for every type one that nobody else's row holds; the states a column may be in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from ..introspection.texts import Comparison, compared_in, comparisons
from ..model.canary import identifier, token
from ..model.catalog import Catalog, Category, Column, Relation

_QUOTED = re.compile(r"'((?:[^']|'')*)'")
NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?")
_WHOLE = re.compile(r"-?\d{1,9}")
_WIDE = {"integer", "bigint"}
TIMES = {"timestamp with time zone", "timestamp without time zone", "date"}


class Serials:
    """Serial numbers without end. Unlike an `itertools.count` they may be handed to another process."""

    def __init__(self, first: int) -> None:
        self._next = first

    def __next__(self) -> int:
        """The next one."""
        self._next += 1
        return self._next - 1


def fresh(column: Column, side: str, serial: int) -> str | None:
    """A value, as text, that no other (side, serial) has; None where the type can carry none."""
    base, name = column.base, column.name.lower()
    if column.category is Category.ENUM:
        return column.labels[0] if column.labels else None
    if base.endswith("[]"):
        return "{" + token(side, serial) + "}" if base in ("text[]", "character varying[]") else "{}"
    if base == "uuid":
        return identifier(side, serial)
    if base in ("text", "character varying", "character", "citext", "name"):
        text = f"{token(side, serial)}@{side}.example" if "email" in name else token(side, serial)
        return text if column.length is None or len(text) <= column.length else text[-column.length :]
    if column.fields:
        return _composite(column, side, serial)
    if base in _WIDE:
        return str(910_000_000 + 10_000_000 * (ord(side) % 4) + serial)
    return _scalar(column, side, serial)


def _composite(column: Column, side: str, serial: int) -> str:
    inner = (replace(column, type=t, base=t, category=Category.OTHER, fields=()) for t in column.fields)
    values = (fresh(c, side, serial) or "" for c in inner)
    return "(" + ",".join(f'"{v}"' if v else "" for v in (x.replace('"', '""') for x in values)) + ")"


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
        "oid": str(serial),
    }
    return simple.get(column.base) or _rare(column, side, serial).get(column.base)


def _rare(column: Column, side: str, serial: int) -> dict[str, str]:
    """Values of types that few tables have."""
    mark, size = token(side, serial), int(found[1]) if (found := re.search(r"\((\d+)\)", column.type)) else 1
    moment = f"2031-01-01 00:00:{serial % 60:02d}"
    number = f"{{[{serial * 10},{serial * 10 + 5})}}"
    return {
        "bit": f"{serial:b}".zfill(size)[-size:],
        "bit varying": f"{serial:b}"[-size:] if "(" in column.type else f"{serial:b}",
        '"char"': mark[0],
        "macaddr8": f"02:00:00:ff:fe:{ord(side):02x}:{serial // 256 % 256:02x}:{serial % 256:02x}",
        "line": f"{{1,2,{serial}}}",
        "lseg": f"[(0,0),({serial},1)]",
        "box": f"({serial + 1},1),({serial},0)",
        "path": f"[(0,0),({serial},1)]",
        "polygon": f"((0,0),({serial},1),(1,0))",
        "circle": f"<(0,{serial}),1>",
        "tsquery": mark,
        "jsonpath": f'$."{mark}"',
        "pg_lsn": f"0/{serial:X}",
        "pg_snapshot": f"{serial}:{serial}:",
        "txid_snapshot": f"{serial}:{serial}:",
        "xid": str(serial),
        "xid8": str(serial),
        "tid": f"({serial},1)",
        "cid": str(serial),
        "regclass": "pg_class",
        "regtype": "text",
        "regproc": "pg_typeof",
        "regprocedure": "now()",
        "regrole": "pg_monitor",
        "regnamespace": "pg_catalog",
        "regconfig": "simple",
        "regdictionary": "simple",
        "regoper": "||/",
        "regoperator": "=(integer,integer)",
        "int4multirange": number,
        "int8multirange": number,
        "nummultirange": number,
        "datemultirange": "{[2031-01-01,2031-02-01)}",
        "tsmultirange": f"{{[{moment},2032-01-01)}}",
        "tstzmultirange": f"{{[{moment}+00,2032-01-01 00:00+00)}}",
        "hstore": f"zq=>{mark}",
        "ltree": mark,
        "lquery": mark,
        "cube": f"({serial})",
    }


def constants(text: str) -> list[str]:
    """The quoted constants of an SQL expression, casts ignored."""
    return list(dict.fromkeys(q.replace("''", "'") for q in _QUOTED.findall(text)))


def states(relation: Relation, column: Column, catalog: Catalog) -> list[str | None]:
    """The values that a policy may tell apart; empty where the column is no state."""
    if column.generated:
        return []
    if column.category is Category.ENUM:
        return list(column.labels)
    if column.base == "boolean":
        return ["false", "true"]
    if column.base in ("text", "character varying"):
        return [*_compared(relation, column, catalog), *_alike(relation, column)]
    if column.base in TIMES and column.name in words(catalog.texts):
        return [*([] if column.required else [None]), "2001-01-01", "2061-01-01"]
    return list(dict.fromkeys([*_told(relation, column), *_bounds(column, catalog)]))


def _bounds(column: Column, catalog: Catalog) -> Iterator[str]:
    """Numbers on either side of what a column of this name is compared with, in policies, views and routines."""
    if column.category is not Category.NUMBER:
        return
    for compared in catalog_comparisons(catalog):
        if compared.column.column == column.name and not compared.column.path:
            for constant in compared.other.constants:
                if _WHOLE.fullmatch(constant):
                    yield from (constant, str(int(constant) - 1), str(int(constant) + 1))


def _policies(relation: Relation) -> str:
    return "\n".join(e for p in relation.policies for e in (p.using, p.check) if e)


def _alike(relation: Relation, column: Column) -> list[str]:
    """Texts that a policy's pattern matches, and the database user where one is compared."""
    name, policies = re.escape(column.name), _policies(relation)
    found = re.findall(rf"\b{name}\b\)?(?:::\w+)? ~~\*? '([^']+)'", policies)
    found += re.findall(rf"\b(?:starts_with|left|ends_with)\(\(?{name}\b[^']*'([^']+)'", policies)
    told = [f.replace("%", "zqx").replace("_", "x") if "%" in f else f"{f}zqx" for f in found]
    if re.search(rf"\b{name}\b\)?(?:::\w+)? = (\( SELECT )?\(?\"?(CURRENT_USER|SESSION_USER|CURRENT_ROLE)", policies):
        told.append("authenticated")
    return told


def _told(relation: Relation, column: Column) -> Iterator[str]:
    """Numbers, documents and lists that a policy tells apart."""
    name, policies = re.escape(column.name), _policies(relation)
    if not re.search(rf"\b{name}\b", policies):
        return
    if column.category is Category.NUMBER:
        for number in re.findall(rf"\b{name}\b\)?(?:::\w+)? (?:=|<>|<=?|>=?) \(?'?(-?\d+)", policies):
            yield from dict.fromkeys((number, str(int(number) - 1), str(int(number) + 1)))
    elif column.base == "jsonb" or column.base == "json":
        yield from re.findall(rf"\b{name}\b @> '([^']+)'", policies)
        for key in dict.fromkeys(re.findall(rf"\b{name}\b -?->>? ?'(\w+)'", policies)):
            said = re.findall(rf"'{key}'(?:::text)?\)* = '([^']+)'", policies)
            yield from (json.dumps({key: value}) for value in (*said, True))
    elif column.category is Category.ARRAY:
        found = re.findall(rf"'([^']+)'(?:::[\w ]+)? = ANY \(\(?{name}\b", policies)
        found += re.findall(rf"\b{name}\b (?:@>|&&) (?:ARRAY\[)?'\{{?([^'}}]+)\}}?'", policies)
        yield from ("{" + f + "}" for f in found)
    elif column.base == "name" and (told := _alike(relation, column)):
        yield from told


@lru_cache(maxsize=4)
def words(texts: str) -> frozenset[str]:
    """Every word of the policies, views and routines."""
    return frozenset(re.findall(r"\w+", texts))


def _compared(relation: Relation, column: Column, catalog: Catalog) -> list[str]:
    found: list[str] = []
    for check in relation.checks:
        if check.columns == (column.name,) and re.search(r"ANY|=|IN", check.expression):
            found += constants(check.expression) if "~" not in check.expression else []
    told = [*found, *_compared_with(catalog.texts, column.name)]
    others = [f"{v}x" for v in _denied(catalog, column.name)[:1]] if not found else []
    return [v for v in dict.fromkeys([*told, *others]) if v]


def _denied(catalog: Catalog, column: str) -> list[str]:
    """The constants that a column of this name must not be, in policies, views and routines."""
    return [
        v for c in catalog_comparisons(catalog) if c.column.column == column and c.negated for v in c.other.constants
    ]


_COMPARISONS: dict[str, tuple[Comparison, ...]] = {}
"""By all texts of a catalog: what they compare."""


def catalog_comparisons(catalog: Catalog) -> tuple[Comparison, ...]:
    """Everything that policies, views and routines compare a column with; worked out once."""
    if catalog.texts not in _COMPARISONS:
        _COMPARISONS.clear()
        relations = catalog.relations.values()
        texts = [e for r in relations for p in r.policies for e in (p.using, p.check) if e]
        texts += [r.definition.rstrip("; \n") for r in relations if r.definition]
        found = [c for text in texts for c in comparisons(text)]
        found += [c for r in catalog.routines for c in compared_in(r.source, r.definition, r.language)]
        _COMPARISONS[catalog.texts] = tuple(dict.fromkeys(found))
    return _COMPARISONS[catalog.texts]


@lru_cache(maxsize=4096)
def _compared_with(texts: str, column: str) -> tuple[str, ...]:
    """The constants that a column of this name is compared with in policies, views and routines."""
    name = re.escape(column)
    pattern = rf"\b{name}\b\)?(?:::\w+)?\s*(?:=|<>|!=|in|= any)\s*\(*(?:array\[)?((?:\s*'[^']*'(?:::[\w ]+)?,?)+)"
    if column.isidentifier() and column not in words(texts) and column.lower() not in words(texts.lower()):
        return ()
    return tuple(c for match in re.finditer(pattern, texts, re.I) for c in constants(match[1]))
