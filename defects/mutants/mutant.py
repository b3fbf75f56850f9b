"""One mechanical change: a piece of a file's text, and what stands in its place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from defects.defect import Defect, Edit

CONTEXT = 60


@dataclass(frozen=True, slots=True)
class Mutant:
    """In `file`, from `start` to `end`, `new` stands for `old`; `line` counts from 1.

    `place` is the line's text, which of several such lines it is, and the column: it stays when others are moved.
    """

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str
    operator: str
    place: str

    @classmethod
    def of(cls, file: str, text: str, start: int, end: int, new: str, operator: str) -> Mutant:
        """Return the mutant of a piece of the file's text."""
        line, begins = text.count("\n", 0, start) + 1, text.rfind("\n", 0, start) + 1
        told = text[begins:].partition("\n")[0]
        before = text[:begins].split("\n").count(told)
        return cls(file, line, start, end, text[start:end], new, operator, f"{before}:{start - begins}:{told}")

    @property
    def id(self) -> str:
        """A name that stays as long as the line does: its file, its operator, and a digest of what is changed."""
        told = f"{self.file}\0{self.operator}\0{self.old}\0{self.new}\0{self.place}"
        return hashlib.sha256(told.encode()).hexdigest()[:10]

    @property
    def says(self) -> str:
        """One line for people."""
        old, new = (" ".join(text.split())[:CONTEXT] for text in (self.old, self.new))
        return f"{self.file}:{self.line}: {self.operator}: {old!r} → {new!r}"

    def applied(self, text: str) -> str:
        """Return the file's text with the change."""
        return text[: self.start] + self.new + text[self.end :]

    def as_defect(self, text: str) -> Defect:
        """Return the mutant as something that can be seeded: the whole file, changed."""
        edit = Edit(self.file, text, self.applied(text))
        return Defect(id=f"mutant-{self.id}", requirement="E2E-20", rule=self.says, edits=(edit,))
