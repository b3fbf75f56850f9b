"""Finds the entry of a route table that a request is meant for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Match(NamedTuple, Generic[T]):
    """The route found, and what its `{names}` stand for."""

    route: T
    params: dict[str, str]


class Router(Generic[T]):
    """A tree of path segments: literal ones are tried before `{name}` ones."""

    def __init__(self, routes: Iterable[tuple[str, str, T]]) -> None:
        self._root: _Node[T] = _Node()
        self._methods: set[str] = set()
        for method, template, route in routes:
            self._methods.add(method)
            self._root.add(template.strip("/").split("/"), method, route)

    def find(self, method: str, path: str) -> Match[T] | None:
        """The route for a method and a path, or None."""
        values: list[str] = []
        leaf = self._root.find(path.strip("/").split("/"), method, values)
        return None if leaf is None else Match(leaf[0], dict(zip(leaf[1], values, strict=True)))

    def methods(self, path: str) -> list[str]:
        """The methods that a path can be asked by."""
        return sorted(method for method in self._methods if self.find(method, path) is not None)


class _Node(Generic[T]):
    __slots__ = ("any", "leaves", "literals")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.any: _Node[T] | None = None
        self.leaves: dict[str, tuple[T, list[str]]] = {}

    def add(self, segments: list[str], method: str, route: T) -> None:
        node, names = self, []
        for segment in segments:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.literals.setdefault(segment, _Node())
        node.leaves[method] = (route, names)

    def find(self, segments: list[str], method: str, values: list[str]) -> tuple[T, list[str]] | None:
        if not segments:
            return self.leaves.get(method)
        head, *tail = segments
        if (literal := self.literals.get(head)) is not None and (found := literal.find(tail, method, values)):
            return found
        if self.any is None or not head:
            return None
        values.append(head)
        if (found := self.any.find(tail, method, values)) is None:
            values.pop()
        return found
