"""The corpus: schemas with one hole each and their repairs, and sound ones that look suspicious."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from isolation.__main__ import main
from isolation.database.clones import connect

CASES = Path(__file__).parent / "cases"
_FINDS = re.compile(r"^-- finds: (.+?) (\S+(?:\(.*\))?)$", re.M)
_ON, _ROLE = re.compile(r"^-- on: (\w+)$", re.M), re.compile(r"create role (\w+)")


@dataclass(frozen=True)
class Verdict:
    """What the prover said of one database."""

    code: int
    body: dict[str, Any]

    @property
    def found(self) -> set[tuple[str, str]]:
        """Class and relation of every finding."""
        return {(kind, f["relation"]) for f in self.body["findings"] for kind in (f["class"], *f["also"])}


@dataclass(frozen=True)
class Case:
    """A folder of the corpus: ``hole.sql`` with ``repair.sql``, or ``sound.sql``; ``isolation.toml`` if any intent."""

    name: str

    @property
    def _folder(self) -> Path:
        return CASES / self.name

    @property
    def vulnerable(self) -> bool:
        """Whether it has a hole, and a twin in which it is repaired."""
        return (self._folder / "hole.sql").exists()

    @cached_property
    def _schema(self) -> Path:
        return self._folder / ("hole.sql" if self.vulnerable else "sound.sql")

    @cached_property
    def _text(self) -> str:
        return self._schema.read_text(encoding="utf-8")

    @property
    def finds(self) -> list[tuple[str, str]]:
        """The class and relation that the hole must be reported as."""
        return [(kind, relation) for kind, relation in _FINDS.findall(self._text)]

    @property
    def schema(self) -> list[Path]:
        """The SQL files that make its database."""
        common = ("base", "defaults", *_ON.findall(self._text))
        return [*(CASES / f"{name}.sql" for name in common), self._schema]

    @property
    def twin(self) -> list[Path]:
        """The same with the hole repaired."""
        return [*self.schema, self._folder / "repair.sql"]

    @property
    def roles(self) -> list[str]:
        """Roles that the case makes: they are the whole server's."""
        return _ROLE.findall(self._text)

    def proved(self, dsn: str, *more: str) -> Verdict:
        """What the prover says of a database of this case."""
        config = self._folder / "isolation.toml"
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "isolation.json")
            options = ["--config", str(config)] if config.exists() else []
            code = main([dsn, *options, *more, "--json", str(out)])
            return Verdict(code, json.loads(out.read_text(encoding="utf-8")))

    def faults(self, database: Callable[..., str]) -> list[str]:
        """Where the prover is wrong about it, in words; nothing where it is right."""
        target = database(*self.schema)
        told = self.proved(target)
        if not self.vulnerable:
            return [] if told.code == 0 else [f"sound, but: {_said(told)}"]
        missed = [f"missed: {kind} {relation}" for kind, relation in self.finds if (kind, relation) not in told.found]
        wrong = [] if told.code == 1 and not missed else [*missed, f"hole: {_said(told)}"]
        with connect(target) as connection:  # as the proof left it: as it was
            connection.execute((self._folder / "repair.sql").read_bytes())
        repaired = self.proved(target)
        return wrong if repaired.code == 0 else [*wrong, f"repaired, but: {_said(repaired)}"]


def cases() -> list[Case]:
    """Every folder of the corpus."""
    return [Case(folder.name) for folder in sorted(CASES.iterdir()) if folder.is_dir()]


def part(every: Sequence[Case]) -> list[Case]:
    """One case of each class of finding, and every sixth sound one."""
    first: dict[str, Case] = {}
    for case in every:
        for kind, _ in case.finds:
            first.setdefault(kind, case)
    chosen = {case.name for case in first.values()} | {c.name for c in [c for c in every if not c.vulnerable][::6]}
    return [case for case in every if case.name in chosen]


def _said(verdict: Verdict) -> str:
    body = verdict.body
    findings = sorted({f"{f['class']} {f['relation']} {f['operation']}: {f['seen']}" for f in body["findings"]})
    unproven = [f"unproven {u['relation']} {u['operation']}: {u['why']}" for u in body["unproven"]]
    return f"exit {verdict.code}; " + "; ".join([*findings[:6], *unproven[:6]])
