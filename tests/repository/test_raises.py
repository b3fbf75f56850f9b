"""Public functions say what they raise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "core",
    "stack",
    "drivers",
    "witness",
    "evidence",
    "fixtures",
    "load",
    "reports",
    "defects",
    "bench",
    "smoke",
)
UNSAID = {"AssertionError", "NotImplementedError", "SystemExit"}
"""What a reader need not be told of: a broken assumption, and the end of a program."""


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """What a function itself does, without the functions and classes in it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield child
            yield from statements(child)


def raised(function: ast.AST) -> set[str]:
    """The names of the errors that a function raises by its own statements."""
    found = set()
    for each in statements(function):
        if isinstance(each, ast.Raise) and each.exc is not None:
            error = each.exc.func if isinstance(each.exc, ast.Call) else each.exc
            name = ast.unparse(error).rpartition(".")[2]
            if name[:1].isupper():
                found.add(name)
    return found - UNSAID


def public(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions and methods of a module that others may call; a command's `main` turns errors into exit codes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            if node.name != "main":
                yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node)


def silent(tree: ast.AST) -> list[str]:
    """The functions of a module whose docstring says nothing of an error that they raise."""
    module = ast.get_docstring(tree) if isinstance(tree, ast.Module) else ""
    return [
        f"{function.name} raises {name}"
        for function in public(tree)
        for name in sorted(raised(function))
        if name not in f"{module}{ast.get_docstring(function)}"
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_that_raise__say_so(package: str) -> None:
    """Each public function names, in its docstring or its module's, the errors that it raises itself."""
    found = [
        f"{file.relative_to(ROOT)}: {problem}"
        for file in sorted((ROOT / package).rglob("*.py"))
        for problem in silent(ast.parse(file.read_text()))
    ]

    assert found == []


SAYS_NOTHING = """
def f():
    "Do it."
    raise KeyError("x")
"""
SAYS_SO = """
def g():
    "Do it. Raises KeyError."
    raise KeyError
"""


def test_a_silent_function__is_found() -> None:
    """A function that raises without a word of it is found, and one that names the error is not."""
    assert silent(ast.parse(SAYS_NOTHING + SAYS_SO)) == ["f raises KeyError"]
