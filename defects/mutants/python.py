"""Changes of Python: what mutation testing tools agree on, at the places that the syntax tree names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from defects.mutants.mutant import Mutant

COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
WRITTEN: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
COUNTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.Mod: ("%", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
}
LEFT_ALONE = ("log.", "logging.", "gc.")
"""Statements whose absence changes nothing that anybody is promised."""


def mutants(file: str, text: str) -> Iterator[Mutant]:
    """Every change of a Python file; none of annotations, docstrings, imports or `__all__`."""
    yield from _Walk(file, text).found()


class _Walk:
    def __init__(self, file: str, text: str) -> None:
        self._file, self._text = file, text
        self._lines = [0]
        for line in text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._bytes = [line.encode() for line in text.splitlines(keepends=True)]

    def found(self) -> Iterator[Mutant]:
        """Walk the whole tree."""
        yield from self._inside(ast.parse(self._text))

    def _inside(self, node: ast.AST) -> Iterator[Mutant]:
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "bases", "keywords") and not isinstance(
                node, ast.Call
            ):
                continue
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.AST) and not self._is_left_alone(each):
                    yield from self._of(each)
                    yield from self._inside(each)

    def _is_left_alone(self, node: ast.AST) -> bool:
        if isinstance(
            node,
            ast.Import | ast.ImportFrom | ast.JoinedStr | ast.TypeAlias
            if hasattr(ast, "TypeAlias")
            else ast.Import | ast.ImportFrom | ast.JoinedStr,
        ):
            return True
        if isinstance(node, ast.Expr):
            doc = isinstance(node.value, ast.Constant)
            return doc or self._piece(node).startswith(LEFT_ALONE)
        names = [each.id for each in getattr(node, "targets", []) if isinstance(each, ast.Name)]
        return names == ["__all__"] or (isinstance(node, ast.Assign) and "Annotated[" in self._piece(node)[:120])

    def _of(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                new = COMPARED[type(operator)]
                yield from self._between(left, right, WRITTEN[type(operator)], new, "comparison")
            case ast.BoolOp(op=operator, values=[first, second, *_]):
                old, new = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
                yield from self._between(first, second, old, new, "and/or")
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in COUNTED:
                yield from self._between(left, right, *COUNTED[type(operator)], "arithmetic")
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._replaced(node, f"({self._piece(operand)})", "not")
            case ast.Constant(value=bool() as value):
                yield self._replaced(node, str(not value), "constant")
            case ast.Constant(value=int() | float() as value):
                yield self._replaced(node, repr(value + 1), "constant")
            case ast.Constant(value=str() as value) if value and self._piece(node)[:1] in "\"'":
                yield self._replaced(node, '"XX"', "constant")
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield self._replaced(test, f"not ({self._piece(test)})", "condition")
            case ast.Raise() | ast.Expr(value=ast.Call() | ast.Await()):
                yield self._replaced(node, "pass", "statement")
            case ast.Return(value=ast.AST() as value) if not isinstance(value, ast.Constant):
                yield self._replaced(value, "None", "return")
            case ast.keyword(arg=str() as name, value=value) if not isinstance(value, ast.Constant):
                yield self._replaced(value, "None", f"argument {name}")

    def _between(self, left: ast.expr, right: ast.expr, old: str, new: str, operator: str) -> Iterator[Mutant]:
        start, end = self._place(left)[1], self._place(right)[0]
        at = self._text.find(old, start, end)
        if at >= 0:
            yield self._mutant(at, at + len(old), new, operator)

    def _replaced(self, node: ast.AST, new: str, operator: str) -> Mutant:
        return self._mutant(*self._place(node), new, operator)

    def _mutant(self, start: int, end: int, new: str, operator: str) -> Mutant:
        return Mutant.of(self._file, self._text, start, end, new, operator)

    def _piece(self, node: ast.AST) -> str:
        start, end = self._place(node)
        return self._text[start:end]

    def _place(self, node: ast.AST) -> tuple[int, int]:
        """From where to where a node stands, in characters; the tree counts bytes."""
        where = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        first, last = (self._lines[row - 1] + len(self._bytes[row - 1][:column].decode()) for row, column in where)
        return first, last
