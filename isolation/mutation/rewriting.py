"""SQL with one condition made true: each comparison of an expression, a query or a routine's body, in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pglast import ast, parse_plpgsql, parse_sql
from pglast.enums import A_Expr_Kind, SubLinkType
from pglast.parser import ParseError
from pglast.stream import RawStream

_COMPARES = {A_Expr_Kind.AEXPR_OP, A_Expr_Kind.AEXPR_IN, A_Expr_Kind.AEXPR_LIKE, A_Expr_Kind.AEXPR_OP_ANY}
_OPERATORS = {"=", "<>", "<", ">", "<=", ">=", "~", "~~", "@>", "<@", "&&"}
_LINKS = {SubLinkType.ANY_SUBLINK, SubLinkType.EXISTS_SUBLINK}
_RAISES = re.compile(r"\bif\b((?:(?!\bif\b|\bthen\b|;).)+)\bthen(\s+raise\b)", re.I | re.S)


Change = tuple[str, str]
"""The condition that was made true, and the text without it."""


def expressions(text: str) -> Iterator[Change]:
    """A boolean expression with each of its conditions made true."""
    for condition, changed in queries(f"select {text}"):
        yield condition, changed[len("SELECT ") :]


def queries(text: str) -> Iterator[Change]:
    """A statement with each of its conditions made true; nothing where it cannot be read."""
    for number in range(len(list(_sites(_tree(text))))):
        tree = _tree(text)
        holder, name, at = list(_sites(tree))[number]
        true = ast.A_Const(val=ast.Boolean(boolval=True))  # type: ignore[no-untyped-call]
        if at is None:
            condition = getattr(holder, name)
            setattr(holder, name, true)
        else:
            items = list(getattr(holder, name))
            condition, items[at] = items[at], true
            setattr(holder, name, tuple(items))
        yield _text(condition), "; ".join(_text(statement.stmt) for statement in tree)


def bodies(definition: str, source: str, language: str) -> Iterator[Change]:
    """The definition of a routine with one condition of its body made true, or one of its refusals taken out."""
    changes = {"sql": queries(source), "plpgsql": _procedural(definition, source)}.get(language, iter(()))
    for condition, changed in changes:
        yield condition, definition.replace(source, changed)


def _procedural(definition: str, source: str) -> Iterator[Change]:
    for match in _RAISES.finditer(source):
        yield f"refusal where {match[1].strip()}", source[: match.start(1)] + " false " + source[match.end(1) :]
    for query in _embedded(definition):
        if re.search(rf"\b(?:if|elsif|while|when)\s+{re.escape(query.strip())}", source, re.I):
            continue  # which way a branch goes breaks nothing by itself; where it refuses, it was taken out above
        bare = re.match(r"\s*(select|insert|update|delete|with)\b", query, re.I)
        for condition, changed in queries(query) if bare else expressions(query):
            if source.count(query) == 1:
                yield condition, source.replace(query, changed)


def _embedded(definition: str) -> list[str]:
    try:
        told = parse_plpgsql(definition)
    except (ParseError, ValueError):
        return []
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "PLpgSQL_expr" in node:
                found.append(node["PLpgSQL_expr"]["query"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(told)
    return list(dict.fromkeys(found))


def _text(node: Any) -> str:
    return str(RawStream()(node))  # type: ignore[no-untyped-call]


def _tree(text: str) -> tuple[Any, ...]:
    try:
        tree: tuple[Any, ...] = parse_sql(text)
    except ParseError:
        return ()
    return tree


def _sites(node: Any) -> Iterator[tuple[Any, str, int | None]]:
    """Where a condition stands: the node that holds it, the attribute, and the place in it."""
    if isinstance(node, tuple):
        for each in node:
            yield from _sites(each)
        return
    if not isinstance(node, ast.Node):
        return
    for name in node:
        value = getattr(node, name)
        for at, each in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
            if _condition(each):
                yield node, name, at
            yield from _sites(each)


def _condition(node: Any) -> bool:
    if isinstance(node, ast.A_Expr):
        return node.kind in _COMPARES and node.name[-1].sval in _OPERATORS
    return isinstance(node, ast.SubLink) and node.subLinkType in _LINKS
