"""The one reader of SQL text: what policies, views and routines compare with what, from their parse trees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from postgast import PgQueryError, parse, parse_plpgsql, pg_query_pb2

_STATEMENT = re.compile(r"\s*(?:select|insert|update|delete|merge|with|values|table)\b", re.I)
_NEGATED = {"<>": "=", "!~~": "~~", "!~~*": "~~*", "!~": "~", "!~*": "~*"}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "@>": "<@", "<@": "@>"}
_WRAPPERS = ("lower", "upper", "trim", "btrim", "to_jsonb")
USER_CALLERS = ("uid", "jwt sub", "setting request.jwt.claims sub", "setting request.jwt.claim.sub")
"""What stands for the caller's own id."""
_ARROWS = ("->", "->>", "#>", "#>>")


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison: a column (or a key within it), constants, who the caller is, or a parameter."""

    column: str = ""
    of: str = ""
    path: tuple[str, ...] = ()
    folder: int = 0
    constants: tuple[str, ...] = ()
    caller: str = ""
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column, how it is compared (`=`, `<`, `~~`, `null`, …), whether that is denied, and the other side."""

    column: Operand
    operator: str
    negated: bool
    other: Operand


@lru_cache(maxsize=4096)
def embedded(definition: str) -> tuple[str, ...]:
    """The SQL within a procedural routine, by its whole definition; nothing where it cannot be read."""
    try:
        parsed = parse_plpgsql(definition)
    except (PgQueryError, ValueError):
        return ()
    return tuple(dict.fromkeys(_queries(parsed)))


def _queries(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "PLpgSQL_expr" in node:
            yield node["PLpgSQL_expr"]["query"]
        for value in node.values():
            yield from _queries(value)
    elif isinstance(node, list):
        for value in node:
            yield from _queries(value)


@lru_cache(maxsize=8192)
def tree(text: str) -> Any:
    """The parse tree of statements, or of an expression; None for what is neither."""
    for candidate in (text, f"select {text}") if _STATEMENT.match(text) else (f"select {text}", text):
        try:
            return parse(candidate)
        except PgQueryError:
            continue
    return None


@lru_cache(maxsize=8192)
def comparisons(text: str) -> tuple[Comparison, ...]:
    """Everything that a text compares a column with; an assignment in plpgsql is none."""
    parsed = tree(text)
    return tuple(_comparisons(parsed)) if parsed is not None else ()


@lru_cache(maxsize=4096)
def compared_in(source: str, definition: str, language: str) -> tuple[Comparison, ...]:
    """Everything that a routine compares a column with."""
    if language == "plpgsql":
        return tuple(c for query in embedded(definition) for c in comparisons(query))
    return comparisons(source) if language == "sql" else ()


def nodes(message: Any) -> Iterator[Any]:
    """Every node of a parse tree, from the outside in."""
    if isinstance(message, pg_query_pb2.Node):
        yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for each in value if field.is_repeated else (value,):
                yield from nodes(each)


@lru_cache(maxsize=4096)
def asks_caller(text: str) -> bool:
    """Whether a text depends on who calls."""
    parsed = tree(text)
    found = (_operand(node) for node in nodes(parsed) if node.HasField("func_call")) if parsed is not None else ()
    return any(side is not None and side.caller for side in found)


def scalar_selects(text: str) -> Iterator[tuple[str, tuple[Comparison, ...]]]:
    """Tables of which a sub-select may bring one row at most, each with what it is restricted by."""
    parsed = tree(text)
    for node in nodes(parsed) if parsed is not None else ():
        if not node.HasField("sub_link") or node.sub_link.sub_link_type != pg_query_pb2.EXPR_SUBLINK:
            continue
        select = node.sub_link.subselect.select_stmt
        plain = len(select.from_clause) == 1 and select.from_clause[0].HasField("range_var")
        single = not select.HasField("limit_count") and not any(map(_aggregate, select.target_list))
        if plain and single:
            table = select.from_clause[0].range_var
            name = f"{table.schemaname}.{table.relname}" if table.schemaname else table.relname
            yield name, tuple(_comparisons(select.where_clause))


def _aggregate(target: Any) -> bool:
    value = target.res_target.val
    return bool(value.HasField("func_call"))


def _comparisons(message: Any) -> Iterator[Comparison]:
    for node in nodes(message):
        if node.HasField("a_expr"):
            yield from _of_expression(node.a_expr)
        elif node.HasField("null_test"):
            denied = node.null_test.nulltesttype == pg_query_pb2.IS_NOT_NULL
            if (side := _operand(node.null_test.arg)) and side.column:
                yield Comparison(side, "null", denied, Operand())
        elif node.HasField("sub_link") and node.sub_link.sub_link_type == pg_query_pb2.ANY_SUBLINK:
            side, inner = _operand(node.sub_link.testexpr), node.sub_link.subselect.select_stmt
            for target in inner.target_list[:1]:
                other = _operand(target.res_target.val)
                if side and side.column and other and other.caller:
                    yield Comparison(side, "=", False, other)


def _of_expression(expression: Any) -> Iterator[Comparison]:
    kind = expression.kind
    operator = expression.name[-1].string.sval if expression.name else ""
    if operator in _ARROWS or kind == pg_query_pb2.AEXPR_NULLIF:
        return
    left, right = _operand(expression.lexpr), _operand(expression.rexpr)
    if kind == pg_query_pb2.AEXPR_NOT_DISTINCT:
        operator = "="
    elif kind == pg_query_pb2.AEXPR_DISTINCT:
        operator = "<>"
    negated = operator in _NEGATED
    operator = _NEGATED.get(operator, operator)
    if left and right and left.column and not (left.caller and right.column):
        yield Comparison(left, operator, negated, right)
    if left and right and right.column:
        yield Comparison(right, _MIRRORED.get(operator, operator), negated, left)


def _operand(node: Any) -> Operand | None:
    """What an expression stands for, whatever is wrapped around it; None for what cannot be told."""
    which = node.WhichOneof("node")
    reader = _READERS.get(which or "")
    return reader(getattr(node, which)) if reader and which else None


def _column(node: Any) -> Operand | None:
    names = [f.string.sval for f in node.fields if f.HasField("string")]
    if not names:
        return None
    return Operand(column=names[-1], of=names[-2] if len(names) > 1 else "", parameter=names[-1])


def _constant(node: Any) -> Operand | None:
    if node.isnull:
        return None
    which = node.WhichOneof("val")
    if which == "sval":
        return Operand(constants=(node.sval.sval,))
    if which == "ival":
        return Operand(constants=(str(node.ival.ival),))
    if which == "fval":
        return Operand(constants=(node.fval.fval,))
    return Operand(constants=("true" if node.boolval.boolval else "false",)) if which == "boolval" else None


def _listed(items: Sequence[Any]) -> Operand | None:
    sides = [s for s in map(_operand, items) if s]
    constants = tuple(c for s in sides for c in s.constants)
    if constants:
        return Operand(constants=constants)
    return sides[0] if sides else None


def _called(node: Any) -> Operand | None:
    names = [f.string.sval for f in node.funcname]
    name = names[-1].lower()
    if name in ("uid", "jwt", "email", "role") and names[0] == "auth":
        return Operand(caller=name)
    if name == "current_setting" and node.args:
        first = _operand(node.args[0])
        return Operand(caller=f"setting {first.constants[0]}") if first and first.constants else None
    if name == "foldername" and node.args:
        inner = _operand(node.args[0])
        return Operand(column=inner.column, of=inner.of, folder=1) if inner else None
    if name in ("split_part",) and len(node.args) == 3:
        inner, part = _operand(node.args[0]), _operand(node.args[2])
        at = int(part.constants[0]) if part and part.constants and part.constants[0].isdigit() else 0
        return Operand(column=inner.column, of=inner.of, folder=at) if inner and at else None
    if name in _WRAPPERS and node.args:
        return _operand(node.args[0])
    return None


def _subscript(node: Any) -> Operand | None:
    inner = _operand(node.arg)
    if inner is None or not inner.folder or not node.indirection:
        return inner
    index = _operand(node.indirection[0].a_indices.uidx) if node.indirection[0].HasField("a_indices") else None
    at = int(index.constants[0]) if index and index.constants else 1
    return Operand(column=inner.column, of=inner.of, folder=at)


def _arrow(node: Any) -> Operand | None:
    """A key within a document, of a column or of what the caller says of himself; what is made NULL for a value."""
    if node.kind == pg_query_pb2.AEXPR_NULLIF:
        return _operand(node.lexpr)
    operator = node.name[-1].string.sval if node.name else ""
    if operator not in _ARROWS:
        return None
    left, right = _operand(node.lexpr), _operand(node.rexpr)
    if left is None or right is None or not right.constants:
        return None
    keys = tuple(k for k in right.constants[0].strip("{}").split(",")) if operator.startswith("#") else right.constants
    if left.caller:
        return Operand(caller=" ".join((left.caller, *keys)))
    return Operand(column=left.column, of=left.of, path=(*left.path, *keys[:1])) if left.column else None


def _sublink(node: Any) -> Operand | None:
    """A select of one value without a table is that value."""
    select = node.subselect.select_stmt
    if node.sub_link_type != pg_query_pb2.EXPR_SUBLINK or select.from_clause or len(select.target_list) != 1:
        return None
    return _operand(select.target_list[0].res_target.val)


_READERS: dict[str, Any] = {
    "column_ref": _column,
    "a_const": _constant,
    "type_cast": lambda node: _operand(node.arg),
    "collate_clause": lambda node: _operand(node.arg),
    "func_call": _called,
    "a_expr": _arrow,
    "a_indirection": _subscript,
    "sub_link": _sublink,
    "coalesce_expr": lambda node: _operand(node.args[0]),
    "list": lambda node: _listed(node.items),
    "a_array_expr": lambda node: _listed(node.elements),
    "param_ref": lambda node: Operand(parameter=f"${node.number}"),
    "sqlvalue_function": lambda _: Operand(caller="current_user"),
}


def compared(found: Sequence[Comparison], argument: str, position: int) -> frozenset[str]:
    """The names of columns that stand on the other side of `=`, `like` or `in` of a routine's argument."""
    wanted = {argument.lower(), f"${position}"} - {""}
    return frozenset(
        c.column.column.lower()
        for c in found
        if c.other.parameter.lower() in wanted and not c.negated and c.column.column.lower() != argument.lower()
    )
