"""What a run's evidence says, checked line by line; whatever cannot be believed is kept as a sentence, not dropped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from evidence import BrokenEvidenceError, Run, manifest
from reports.catalogue import declared
from reports.catalogue.parts import LEFT
from reports.judging.past import DOCUMENT, Past
from reports.judging.verdict import Count

T = TypeVar("T")
Number = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
TOLERANCE = timedelta(minutes=1)
"""Clocks of several machines differ; another run is longer ago."""


@dataclass(frozen=True, slots=True)
class Application:
    """The source of an application that is not the checkout's own."""

    folder: str
    commit: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Code:
    """Which files ran: all of them by their digest, those that differ from the commit, and what else decided."""

    digest: str
    changes: list[str]
    changed: int
    application: Application | None
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class CodeThen:
    """Which files there were when a part of the run had ended."""

    part: str
    digest: str
    changed: list[str]


@dataclass(frozen=True, slots=True)
class Identity:
    """run.json."""

    run_id: str
    seed: int
    target: str
    commit: str | None
    started_at: AwareDatetime
    code: Code | None = None
    asked: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InventoryTest:
    """A test that there is to run."""

    nodeid: str
    drivers: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """Which tests there are, as a collection of its own says; `uncollected` ones stand in the files only."""

    digest: str
    tests: list[InventoryTest]
    uncollected: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Collection:
    """What a session collected and left out: by options (`narrowed`), by path, and as it was imported."""

    digest: str
    tests: Number
    shard: str = "1/1"
    deselected: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()
    uncollected: dict[str, str] = field(default_factory=dict)
    narrowed: tuple[str, ...] = ()

    @property
    def of(self) -> int:
        """Over how many machines the tests were dealt."""
        return int(self.shard.partition("/")[2] or 1)


@dataclass(frozen=True, slots=True)
class Test:
    """One attempt of a test."""

    nodeid: str
    outcome: Literal["passed", "failed", "skipped", "error"]
    requirements: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    attempt: int = 1
    why: str = ""

    def __post_init__(self) -> None:
        """Refuse a requirement or a promise that the catalogue does not have."""
        if unknown := set(self.requirements) - declared.requirements().keys():
            raise ValueError(f"unknown requirement {', '.join(sorted(unknown))}")
        if unknown := set(self.promises) - declared.promises().keys():
            raise ValueError(f"unknown promise {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True)
class Session:
    """A finished pytest session, and how many tests it says it ran to each outcome."""

    collected: Number
    exit_status: int
    workers_lost: Number
    passed: Number
    failed: Number
    skipped: Number
    error: Number
    executed: Number
    shard: str = "1/1"
    why: str = ""

    def __post_init__(self) -> None:
        """Refuse a shard that is no part of a whole."""
        number, _, of = self.shard.partition("/")
        if not (number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)):
            raise ValueError(f"shard {self.shard} is no part of a whole: K/N with K from 1 to N")


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial of a metric."""

    metric: str
    trial: str
    outcome: Literal["success", "failure", "unknown"]
    why: str = ""
    request_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a metric that the catalogue does not have."""
        if self.metric not in declared.metrics():
            raise ValueError(f"unknown metric {self.metric}")


@dataclass(frozen=True, slots=True)
class Step:
    """A part of `verify` and how it ended. `log` is a path within the run."""

    step: str
    exit_status: int
    duration_s: Amount
    log: str


@dataclass(frozen=True, slots=True)
class Plan:
    """verify.json: the parts that were to run, and what stopped the verification before it was done, if anything."""

    parts: list[str]
    stopped: str | None


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect that was seeded on purpose, and whether a test noticed."""

    requirement: str
    defect: str
    detected: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One attempt of the prover, and what came of it."""

    relation: str
    actor: str
    operation: str
    status: Literal["blocked", "leaked", "reached", "locked out", "unproven"]


@dataclass(frozen=True, slots=True)
class Isolation:
    """isolation.json."""

    verdict: Literal["isolated", "leaking", "locked out", "unproven"]
    cells: Number
    blocked: Number
    controls_fired: Number
    findings: list[dict[str, Any]]
    unproven: list[Any] | Number
    matrix: list[Cell] = field(default_factory=list)
    reached: Number = 0

    @property
    def kept(self) -> int:
        """How many cells are as they should be: attacks that were blocked, and own rows that were reached."""
        return self.blocked + self.reached

    @property
    def unproven_cells(self) -> int:
        """How many cells proved nothing."""
        return self.unproven if isinstance(self.unproven, int) else len(self.unproven)


@dataclass(frozen=True, slots=True)
class Stage:
    """A station of the funnel, how many came to it, and why others ended there."""

    stage: str
    customers: Number
    left: dict[str, Number] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """load.json; latencies are milliseconds by endpoint."""

    users: Number
    requests: Number
    duration_s: Amount
    generator_saturated: bool | Amount
    funnel: list[Stage] = field(default_factory=list)
    latency: dict[str, dict[str, float]] = field(default_factory=dict)
    timeline: list[dict[str, Amount]] = field(default_factory=list)
    shape: Any = None
    reconcile_schedule: Any = None
    until_decided: bool = True
    trials: Number | None = None
    partial: str | None = None
    lost_workers: Number = 0
    breaches: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """reconciliation.json, in orders."""

    gateway_completed: Number
    activated_once: Number
    activated_twice: Number
    lost: Number
    amount_mismatches: Number
    differences: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a run.

    `broken` says in words what cannot be believed, `wrong` holds a metric's trials that were no success, and
    `sources` names the files within the run that each kind of fact was read from, `lacking` what each part must
    have left and has not.
    """

    identity: Identity | None
    inventories: Sequence[Inventory]
    collections: Sequence[Collection]
    tests: Sequence[Test]
    sessions: Sequence[Session]
    counts: dict[str, Count]
    wrong: dict[str, list[Trial]]
    steps: Sequence[Step]
    defects: Sequence[Defect]
    isolation: Isolation | None
    load: Load | None
    reconciliation: Reconciliation | None
    past: Past | None
    code_then: Sequence[CodeThen]
    plan: Plan | None
    finished_at: datetime | None
    sources: dict[str, list[str]]
    lacking: dict[str, list[str]]
    broken: Sequence[str]


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


class _Reader:
    """Reads a run, and notes what is broken."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.broken: list[str] = []
        self.sources: dict[str, list[str]] = {}
        self.last: datetime | None = None
        self.dated: dict[str, tuple[datetime, datetime]] = {}

    def records(self, kind: str, shape: type[T]) -> list[T]:
        """Every record of a kind."""
        adapter = _adapter(shape)
        found: list[T] = []

        def keep(record: dict[str, Any]) -> str | None:
            at = _time(record.get("at"))
            if at is None:
                return "without the time at which it was made: at should be as 2026-01-31T12:00:00Z"
            try:
                found.append(adapter.validate_python(record))
            except ValidationError as error:
                return _words(error)
            self.last = max(self.last or at, at)
            first, last = self.dated.get(kind, (at, at))
            self.dated[kind] = (min(first, at), max(last, at))
            return None

        reading = self.run.read(kind, keep)
        self.broken += [self._within(str(broken)) for broken in reading.broken]
        self.sources[kind] = [str(file.relative_to(self.run.directory)) for file in reading.files]
        return found

    def document(self, name: str, shape: type[T], *, required: bool = False) -> T | None:
        """Return a document, or None where there is none."""
        if not required and not (self.run.directory / name).exists():
            return None
        self.sources[name.removesuffix(".json")] = [name]
        try:
            found: T = _adapter(shape).validate_python(self.run.document(name))
            return found
        except BrokenEvidenceError as error:
            self.broken.append(self._within(str(error)))
        except ValidationError as error:
            self.broken.append(f"{name}: {_words(error)}")
        return None

    def _within(self, message: str) -> str:
        return message.replace(f"{self.run.directory}/", "")


def gather(run: Run) -> Facts:
    """Everything that the run recorded."""
    reader = _Reader(run)
    trials = reader.records("trials", Trial)
    reader.broken += _repeated(trials)
    identity = reader.document("run.json", Identity, required=True)
    return Facts(
        identity=identity,
        inventories=reader.records("inventory", Inventory),
        collections=reader.records("collections", Collection),
        tests=reader.records("tests", Test),
        sessions=reader.records("sessions", Session),
        counts=_counts(trials),
        wrong=_wrong(trials),
        steps=reader.records("steps", Step),
        defects=reader.records("defects", Defect),
        isolation=reader.document("isolation.json", Isolation),
        load=reader.document("load.json", Load),
        reconciliation=reader.document("reconciliation.json", Reconciliation),
        past=reader.document(DOCUMENT, Past),
        code_then=reader.records("code", CodeThen),
        plan=reader.document("verify.json", Plan),
        finished_at=reader.last,
        sources=reader.sources,
        lacking={part: [each for each in patterns if not _is_left(run, each)] for part, patterns in LEFT.items()},
        broken=_lost(run, reader, identity),
    )


def _time(at: object) -> datetime | None:
    """Return a time with its zone; None where it is none."""
    try:
        found = datetime.fromisoformat(str(at))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _is_left(run: Run, pattern: str) -> bool:
    return any(file.stat().st_size for file in run.directory.glob(pattern) if not file.name.startswith("."))


def _lost(run: Run, reader: _Reader, identity: Identity | None) -> list[str]:
    """Return all that cannot be believed, when everything was read."""
    merged = identity.lost if identity else ()
    return [*reader.broken, *_dates(run, reader.dated, identity), *manifest.differences(run), *merged]


def _dates(run: Run, dated: dict[str, tuple[datetime, datetime]], identity: Identity | None) -> Iterator[str]:
    """Name records of another time than the run's: they are another run's."""
    if identity is None:
        return
    until = manifest.sealed_at(run) or datetime.now(UTC)
    for kind, (first, last) in dated.items():
        if first < identity.started_at - TOLERANCE:
            yield f"{kind}/ holds a record of {first.isoformat()}, before the run began ({identity.started_at})"
        if last > until + TOLERANCE:
            yield f"{kind}/ holds a record of {last.isoformat()}, after the run had ended ({until})"


def _counts(trials: Sequence[Trial]) -> dict[str, Count]:
    outcomes = Counter((trial.metric, trial.outcome) for trial in trials)
    return {
        metric: Count(*(outcomes[metric, outcome] for outcome in ("success", "failure", "unknown")))
        for metric in declared.metrics()
    }


def _wrong(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    wrong: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.outcome != "success":
            wrong[trial.metric].append(trial)
    return dict(wrong)


def _repeated(trials: Sequence[Trial]) -> list[str]:
    times = Counter((trial.metric, trial.trial) for trial in trials)
    return [f"trials: {metric} {trial} is recorded {n} times" for (metric, trial), n in times.items() if n > 1]


def _words(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]
