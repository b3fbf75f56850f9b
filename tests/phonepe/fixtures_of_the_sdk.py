"""The bodies that the Python SDK's own tests hold: its wheel ships them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stack.tools import RAPTORFLOW
from tests.phonepe.shop import Json

FOLDER = RAPTORFLOW / "lib"


@dataclass(frozen=True, slots=True)
class Fixture:
    """A JSON object, and where it is."""

    where: str
    document: Json


def fixtures() -> list[Fixture]:
    """Every different JSON object that is written as text, also in parts or with gaps for numbers."""
    found: dict[str, Fixture] = {}
    for path in sorted(FOLDER.glob("python3*/site-packages/tests/*.py")):
        for line, text in _texts(path):
            try:
                document = json.loads(text)
            except ValueError:
                continue
            found.setdefault(json.dumps(document, sort_keys=True), Fixture(f"{path.stem}:{line}", document))
    return list(found.values())


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and (text := _text(node)).lstrip().startswith(
            "{"
        ):
            yield node.lineno, text


def _text(node: ast.AST) -> str:
    """A string expression as it may look when it is evaluated: what is put in is a number."""
    match node:
        case ast.Constant(value=str() as value):
            return value
        case ast.JoinedStr():
            return "".join(map(_text, node.values))
        case ast.BinOp(op=ast.Add()):
            return _text(node.left) + _text(node.right)
        case _:
            return "1"
