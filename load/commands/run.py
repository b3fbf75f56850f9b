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
from evidence import BrokenEvidenceError, Run
from load.commands.options import Options
from load.commands.progress import Progress, line
from load.coordination import target
from load.coordination.plan import Plan
from load.coordination.plan_source import RUNS
from load.coordination.processes import Generators
from load.judging import metric_status, thresholds
from load.judging.thresholds import Breach, Operation, Threshold
from load.judging.witnesses import Witnesses
from load.population import population
from load.reconciliation import sources
from load.reconciliation.reconciliation import Reconciliation, settled
from load.results import summary
from load.running.load_run import Limits, LoadRun
from stack.errors import ServiceFailedError, UnavailableError
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
    except (population.PopulationError, thresholds.ThresholdsError, UnavailableError) as error:
        return _say(str(error), BAD_INPUT)
    except (ServiceFailedError, BrokenEvidenceError, OSError, psycopg.Error, redis.RedisError) as error:
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
            schedule=site.schedule,
        )
        load_run, earlier = _course(options, limits, run, plan, _witnesses(site)), sources.earlier(site.system)
        try:
            with Progress() as progress:
                load_run.follow(progress.tell)
        except BaseException as error:
            load_run.generators.close()
            load_run.trials.abandon("the run was interrupted")
            _write_load(load_run, options, (), partial=_line(error))
            raise
        broken = thresholds.breaches(limits, load_run.operations, load_run.duration_s)
        _write_load(load_run, options, broken, partial="; ".join(_dead(load_run)) or None)
        return _end(load_run, broken, _reconcile(load_run, site.system, earlier))


def _can_listen(options: Options) -> None:
    """Raises UnavailableError where workers could not come."""
    host, port = options.bind
    if not options.workers:
        return
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise UnavailableError(
            f"--master-bind-host: {host}, port {port} cannot be listened at ({error.strerror or error}); "
            "name an address of this machine and a free port"
        ) from error


def _course(options: Options, given: Sequence[Threshold], run: Run, plan: Plan, witnesses: Witnesses) -> LoadRun:
    enough = metric_status.all_decided if options.until_decided else lambda _: False
    limits = Limits(enough, options.run_time_s, options.most_trials, _intolerable(given))
    return LoadRun(run, Generators(plan, options.bind), witnesses, limits)


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
    """The JSON Schema that the system publishes for its manifests. Raises UnavailableError when it does not answer."""
    url = Routes(system.base_url, system.routes).url("bcm_schema")
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            schema: Mapping[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"target.base_url: {url} does not answer ({error}); start the target, or correct it"
        ) from error
    return schema


def _write_load(load_run: LoadRun, options: Options, broken: Sequence[Breach], partial: str | None = None) -> None:
    """Leave `load.json`; `partial` says why the run did not come to its end."""
    saturated = load_run.judge.saturation.share
    load_run.run.write(
        "load.json",
        {
            "users": len(load_run.visits),
            "requests": load_run.requests,
            "duration_s": round(load_run.duration_s, 1),
            "ended_because": load_run.why_ended or "the run broke",
            "until_decided": options.until_decided,
            "trials": load_run.trials.closed,
            "partial": partial,
            "generator_saturated": saturated > summary.MOST_SATURATED,
            "saturated_share": round(saturated, 4),
            "shape": _shape(options, load_run),
            "generator_memory_mb": load_run.memory.document(),
            "seed": options.seed,
            "processes": options.processes,
            "workers": options.workers,
            "lost_workers": load_run.lost(),
            "funnel": summary.funnel(load_run.visits),
            "latency": summary.latency(load_run.operations),
            "timeline": summary.timeline(load_run.operations),
            "breaches": [asdict(breach) for breach in broken],
            "reconcile_schedule": load_run.witnesses.schedule,
        },
    )


def _shape(options: Options, load_run: LoadRun) -> dict[str, Any]:
    """How customers came: `rate` is measured where it was not given, `points` are multiples of it over seconds."""
    shape = options.shape
    return {"kind": shape.kind, "rate": load_run.rate(), "points": shape.points, "seats": options.users}


def _reconcile(load_run: LoadRun, system: System, earlier: Collection[str]) -> Reconciliation | None:
    """Leave `reconciliation.json`, where the target shows its database and the gateway's books."""
    reconciliation = settled(lambda: sources.facts(system, load_run.orders.values(), earlier))
    if reconciliation is not None:
        load_run.run.write("reconciliation.json", reconciliation.document())
    return reconciliation


def _end(load_run: LoadRun, broken: Sequence[Breach], reconciliation: Reconciliation | None) -> int:
    """Say how each metric stands, and give the exit code."""
    print(f"{line(load_run)}; {load_run.why_ended} after {load_run.duration_s:.0f} s\n{load_run.run.directory}")
    judgements = metric_status.judgements(load_run.trials)
    for metric, judgement in judgements.items():
        print(f"{metric:22} {judgement.verdict:12} {judgement.why}")
    differences = reconciliation.differences if reconciliation else []
    for difference in differences:
        print(f"reconciliation: {difference.merchant_order_id}: {difference.kind}: {difference.says}")
    for breach in broken:
        print(breach)
    print(f"generators' memory: {load_run.memory}")
    dead = _dead(load_run)
    for ended in dead:
        print(ended, file=sys.stderr)
    verdicts = {judgement.verdict for judgement in judgements.values()}
    if not load_run.visits or dead:
        return NO_EVIDENCE
    if "missed" in verdicts or differences or broken:
        return FAILED
    return PASSED if verdicts == {"met"} else UNDECIDED


def _dead(load_run: LoadRun) -> list[str]:
    """For each generator or worker that did not come to its end, one line."""
    return [*load_run.generators.broken(), *load_run.lost()]


def _line(error: BaseException) -> str:
    """An error in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _say(what: str, code: int) -> int:
    print(what, file=sys.stderr)
    return code
