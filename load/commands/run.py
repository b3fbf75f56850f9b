"""`python -m load`: a run from its options to its exit code."""

from __future__ import annotations

import json
import signal
import socket
import sys
import urllib.request
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import psycopg
import redis

from core.exits import BAD_INPUT, FAILED, INTERRUPTED, NO_EVIDENCE, PASSED, UNDECIDED
from drivers.routes import Routes
from evidence import BrokenEvidence, Run
from load.commands.options import Options
from load.commands.progress import Progress, line
from load.coordination import target
from load.coordination.plan import Plan
from load.coordination.plan_source import RUNS
from load.coordination.processes import Generators
from load.judging import metric_status, thresholds
from load.judging.judge import Witnesses
from load.judging.thresholds import Breach, Operation, Threshold
from load.population import population
from load.reconciliation import sources
from load.reconciliation.reconciliation import Reconciliation, settled
from load.results import summary
from load.running.load_run import Course, Limits
from stack.errors import ServiceFailed, Unavailable
from stack.system import System
from witness.database import DatabaseWitness
from witness.ledger import LedgerWitness
from witness.redis import RedisWitness


def main(options: Options) -> int:
    """Run, and say in one line what was wrong where it could not; returns the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        population.read(options.population)
        _can_listen(options)
        return _load(options, thresholds.read(options.thresholds))
    except (population.PopulationError, thresholds.ThresholdsError, Unavailable) as error:
        return _say(str(error), BAD_INPUT)
    except (ServiceFailed, BrokenEvidence, OSError, psycopg.Error, redis.RedisError) as error:
        return _say(f"the run broke, what was measured so far is kept: {_line(error)}", NO_EVIDENCE)
    except KeyboardInterrupt:
        return _say("interrupted; what was measured so far is kept", INTERRUPTED)


def _load(options: Options, limits: Sequence[Threshold]) -> int:
    with target.at(options.target) as site:
        run = Run.current() or Run.create(RUNS, seed=options.seed, target=site.system.name)
        plan = Plan(
            system=site.system,
            run=run.directory,
            folder=site.folder,
            population=options.population.resolve(),
            seed=options.seed,
            users=options.users,
            shape=options.shape,
            processes=options.processes + options.workers,
            local=options.processes,
        )
        course, earlier = _course(options, limits, run, plan, _witnesses(site)), sources.earlier(site.system)
        try:
            with Progress() as progress:
                course.follow(progress.tell)
        except BaseException as error:
            course.generators.close()
            course.book.abandon("the run was interrupted")
            _write_load(course, options, (), partial=_line(error))
            raise
        broken = thresholds.breaches(limits, course.operations, course.duration_s)
        _write_load(course, options, broken, partial="; ".join(_dead(course)) or None)
        return _end(course, broken, _reconcile(course, site.system, earlier))


def _can_listen(options: Options) -> None:
    """Raises Unavailable where workers could not come."""
    host, port = options.bind
    if not options.workers:
        return
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise Unavailable(
            f"--master-bind-host: {host}, port {port} cannot be listened at ({error.strerror or error}); "
            "name an address of this machine and a free port"
        ) from error


def _course(options: Options, given: Sequence[Threshold], run: Run, plan: Plan, witnesses: Witnesses) -> Course:
    enough = metric_status.all_decided if options.until_decided else lambda _: False
    limits = Limits(enough, options.run_time_s, options.most_trials, _intolerable(given))
    return Course(run, Generators(plan, options.bind), witnesses, limits)


def _intolerable(given: Sequence[Threshold]) -> Callable[[Sequence[Operation], float], str]:
    """Watches the thresholds that end a run at once."""
    watched = [threshold for threshold in given if threshold.abort_on_fail]

    def first_breach(operations: Sequence[Operation], after_s: float) -> str:
        due = [threshold for threshold in watched if after_s >= threshold.delay_s]
        return next((str(breach) for breach in thresholds.breaches(due, operations, after_s)), "")

    return first_breach


def _witnesses(site: target.Site) -> Witnesses:
    system = site.system
    books = system.gateway_admin_url and system.merchant_id
    return Witnesses(
        database=DatabaseWitness(system.database_dsn, system.tables) if system.database_dsn else None,
        ledger=LedgerWitness(str(system.gateway_admin_url), str(system.merchant_id)) if books else None,
        redis=RedisWitness(system.redis_url) if system.redis_url else None,
        manifest_schema=_manifest_schema(system),
        schedule=site.schedule,
    )


def _manifest_schema(system: System) -> Mapping[str, Any]:
    """The JSON Schema that the system publishes for its manifests. Raises Unavailable when it does not answer."""
    url = Routes(system.base_url, system.routes).url("bcm_schema")
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            schema: Mapping[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"target.base_url: {url} does not answer ({error}); start the target, or correct it"
        ) from error
    return schema


def _write_load(course: Course, options: Options, broken: Sequence[Breach], partial: str | None = None) -> None:
    """Leave `load.json`; `partial` says why the run did not come to its end."""
    saturated = course.judge.saturation.share
    course.run.write(
        "load.json",
        {
            "users": len(course.visits),
            "requests": course.requests,
            "duration_s": round(course.duration_s, 1),
            "ended_because": course.why_ended or "the run broke",
            "until_decided": options.until_decided,
            "trials": course.book.closed,
            "partial": partial,
            "generator_saturated": saturated > summary.MOST_SATURATED,
            "saturated_share": round(saturated, 4),
            "shape": _shape(options, course),
            "generator_memory_mb": course.memory.document(),
            "seed": options.seed,
            "processes": options.processes,
            "workers": options.workers,
            "lost_workers": course.lost(),
            "funnel": summary.funnel(course.visits),
            "latency": summary.latency(course.operations),
            "timeline": summary.timeline(course.operations),
            "breaches": [asdict(breach) for breach in broken],
            "reconcile_schedule": course.witnesses.schedule,
        },
    )


def _shape(options: Options, course: Course) -> dict[str, Any]:
    """How customers came: `rate` is measured where it was not given, `points` are multiples of it over seconds."""
    shape = options.shape
    return {"kind": shape.kind, "rate": course.rate(), "points": shape.points, "seats": options.users}


def _reconcile(course: Course, system: System, earlier: Collection[str]) -> Reconciliation | None:
    """Leave `reconciliation.json`, where the target shows its database and the gateway's books."""
    reconciliation = settled(lambda: sources.facts(system, course.orders.values(), earlier))
    if reconciliation is not None:
        course.run.write("reconciliation.json", reconciliation.document())
    return reconciliation


def _end(course: Course, broken: Sequence[Breach], reconciliation: Reconciliation | None) -> int:
    """Say how each metric stands, and give the exit code."""
    print(f"{line(course)}; {course.why_ended} after {course.duration_s:.0f} s\n{course.run.directory}")
    judgements = metric_status.judgements(course.book)
    for metric, judgement in judgements.items():
        print(f"{metric:22} {judgement.verdict:12} {judgement.why}")
    differences = reconciliation.differences if reconciliation else []
    for difference in differences:
        print(f"reconciliation: {difference.merchant_order_id}: {difference.kind}: {difference.says}")
    for breach in broken:
        print(breach)
    print(f"generators' memory: {course.memory}")
    dead = _dead(course)
    for ended in dead:
        print(ended, file=sys.stderr)
    verdicts = {judgement.verdict for judgement in judgements.values()}
    if not course.visits or dead:
        return NO_EVIDENCE
    if "missed" in verdicts or differences or broken:
        return FAILED
    return PASSED if verdicts == {"met"} else UNDECIDED


def _dead(course: Course) -> list[str]:
    """For each generator or worker that did not come to its end, one line."""
    return [*course.generators.broken(), *course.lost()]


def _line(error: BaseException) -> str:
    """An error in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _say(what: str, code: int) -> int:
    print(what, file=sys.stderr)
    return code
