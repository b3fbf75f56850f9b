"""SQL with one condition made true: each comparison of an expression, a query or a routine's body, in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from postgast import PgQueryError, deparse, parse, pg_query_pb2

from ..introspection.texts import embedded

_COMPARES = {
    pg_query_pb2.AEXPR_OP,
    pg_query_pb2.AEXPR_IN,
    pg_query_pb2.AEXPR_LIKE,
    pg_query_pb2.AEXPR_OP_ANY,
}
_OPERATORS = {"=", "<>", "<", ">", "<=", ">=", "~", "~~", "@>", "<@", "&&"}
_LINKS = {pg_query_pb2.ANY_SUBLINK, pg_query_pb2.EXISTS_SUBLINK}
_RAISES = re.compile(r"\bif\b((?:(?!\bif\b|\bthen\b|;).)+)\bthen(\s+raise\b)", re.I | re.S)
_SELECTED = "SELECT "

Change = tuple[str, str]
"""The condition that was made true, and the text without it."""


def expressions(text: str) -> Iterator[Change]:
    """A boolean expression with each of its conditions made true."""
    for condition, changed in queries(f"select {text}"):
        yield condition, changed[len(_SELECTED) :]


def queries(text: str) -> Iterator[Change]:
    """A statement with each of its conditions made true; nothing where it cannot be read."""
    try:
        tree = parse(text)
    except PgQueryError:
        return
    for number in range(sum(1 for _ in _conditions(tree))):
        changed = pg_query_pb2.ParseResult()
        changed.CopyFrom(tree)
        node = next(node for at, node in enumerate(_conditions(changed)) if at == number)
        condition = _text(node)
        node.Clear()
        node.a_const.boolval.boolval = True
        yield condition, deparse(changed)


def bodies(definition: str, source: str, language: str) -> Iterator[Change]:
    """The definition of a routine with one condition of its body made true, or one of its refusals taken out."""
    changes = {"sql": queries(source), "plpgsql": _procedural(definition, source)}.get(language, iter(()))
    for condition, changed in changes:
        yield condition, definition.replace(source, changed)


def _procedural(definition: str, source: str) -> Iterator[Change]:
    for match in _RAISES.finditer(source):
        yield f"refusal where {match[1].strip()}", source[: match.start(1)] + " false " + source[match.end(1) :]
    for query in embedded(definition):
        if re.search(rf"\b(?:if|elsif|while|when)\s+{re.escape(query.strip())}", source, re.I):
            continue  # which way a branch goes breaks nothing by itself; where it refuses, it was taken out above
        bare = re.match(r"\s*(select|insert|update|delete|with)\b", query, re.I)
        for condition, changed in queries(query) if bare else expressions(query):
            if source.count(query) == 1:
                yield condition, source.replace(query, changed)


def _text(node: Any) -> str:
    """An expression by itself."""
    tree = parse("select 1")
    tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(node)
    return str(deparse(tree))[len(_SELECTED) :]


def _conditions(message: Any) -> Iterator[Any]:
    """Every node that is a condition, from the outside in."""
    if isinstance(message, pg_query_pb2.Node) and _is_condition(message):
        yield message
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for each in value if field.is_repeated else (value,):
            yield from _conditions(each)


def _is_condition(node: Any) -> bool:
    if node.HasField("a_expr"):
        return node.a_expr.kind in _COMPARES and node.a_expr.name[-1].string.sval in _OPERATORS
    return bool(node.HasField("sub_link") and node.sub_link.sub_link_type in _LINKS)
