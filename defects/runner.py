"""Seeds one defect after another, some at a time, each against a running stack that its job has to itself."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.context import ForkServerContext
from pathlib import Path

from defects import application, session
from defects.defect import Defect
from defects.session import LIMIT_S, Order
from defects.verdict import Verdict, judge
from evidence import Run
from stack.embedded import Stack
from stack.errors import ServiceFailedError
from stack.processes import tail
from stack.template import migrated_by

ALWAYS = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-again", "--via", "http", "--seed", "1")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a defect."""

    defect: Defect
    verdict: Verdict
    seconds: float


@dataclass(slots=True)
class Bench:
    """The running stacks, one for each job; a session has one to itself, for it may replace the schema there."""

    _context: ForkServerContext
    limit_s: float = LIMIT_S
    _free: queue.SimpleQueue[Stack] = field(default_factory=queue.SimpleQueue)
    _numbers: Iterator[int] = field(default_factory=count)

    @classmethod
    @contextmanager
    def of(cls, jobs: int, limit_s: float = LIMIT_S) -> Iterator[Bench]:
        """Bring the stacks up, and take them down; no session takes longer than ``limit_s``."""
        with ExitStack() as ends:
            bench = cls(session.fork_server(), limit_s)
            for _ in range(jobs):
                bench._free.put(ends.enter_context(Stack.start()))
            yield bench

    def hold(self, defect: Defect | None, tests: Sequence[str]) -> tuple[int | None, Run, Path]:
        """Run tests against the application with the defect (None: without any)."""
        stack = self._free.get()
        try:
            folder = stack.processes.folder / f"defect-{next(self._numbers)}"
            folder.mkdir()
            run, log = Run.create(folder / "runs", commit="a copy"), folder / "pytest.log"
            source = application.copy(folder / "source", defect)
            order = Order((*ALWAYS, *tests), source, stack.processes.folder, run.directory, log, self.limit_s)
            with stack.watched(), _schema(defect, source, stack, log):
                return session.conduct(self._context, order), run, log
        finally:
            self._free.put(stack)

    def seed(self, defect: Defect) -> Result:
        """Break one rule, and ask the tests of its requirement until one notices."""
        began = time.monotonic()
        try:
            code, run, log = self.hold(defect, ("-x", "--requirement", defect.requirement, *defect.asked))
        except ServiceFailedError as error:
            return Result(defect, Verdict("broke", why=str(error)), time.monotonic() - began)
        verdict = judge(defect, run, code)
        if verdict.outcome == "broke" and not verdict.by:
            verdict = Verdict("broke", why=f"{verdict.why}; its log ends:\n{tail(log)}")
        return Result(defect, verdict, time.monotonic() - began)

    def control(self, tests: Sequence[str]) -> list[str]:
        """Ask the tests that noticed about the application as it is; those that do not pass, and why."""
        code, run, log = self.hold(None, tests)
        records = run.records("tests")
        wrong = [f"{each['nodeid']}: {each.get('why', '')}" for each in records if each["outcome"] != "passed"]
        missing = set(tests) - {str(each["nodeid"]) for each in records}
        wrong += [f"{nodeid}: did not run" for nodeid in sorted(missing)]
        return wrong or ([] if code == 0 else [f"pytest ended with {code}; its log ends:\n{tail(log)}"])


def _schema(defect: Defect | None, source: Path, stack: Stack, log: Path) -> AbstractContextManager[None]:
    if defect is None or not defect.changes_schema:
        return nullcontext()
    return migrated_by(source, stack.processes, stack.services.postgres, log.with_name("migrate.log"))


def seed_all(bench: Bench, defects: Sequence[Defect], jobs: int, tell: Callable[[Result], None]) -> list[Result]:
    """Seed every defect, `jobs` at a time; tell of each as it comes in."""
    with ThreadPoolExecutor(jobs) as threads:
        waiting = [threads.submit(bench.seed, defect) for defect in defects]
        try:
            for done in as_completed(waiting):
                tell(done.result())
        except BaseException:
            for each in waiting:
                each.cancel()
            raise
        return [each.result() for each in waiting]


def control_all(bench: Bench, results: Sequence[Result], jobs: int) -> list[str]:
    """Return the control: what noticed a defect must pass without one, or it noticed something else."""
    noticed = sorted({result.verdict.by for result in results if result.verdict.outcome == "detected"})
    shares = [share for start in range(jobs) if (share := noticed[start::jobs])]
    with ThreadPoolExecutor(jobs) as threads:
        return [wrong for each in threads.map(bench.control, shares) for wrong in each]
