"""For suites of tests: `assert_isolated("supabase/migrations")` fails a test with what was found."""

from __future__ import annotations

import time
from pathlib import Path

from .config.model import Config, load
from .engine.command import prove as _prove
from .report.document import Report, without
from .sources.choice import opened


def prove(source: str | Path, config: Config | Path | None = None, *, skip_failing: bool = False) -> Report:
    """Say whether the tenants of a schema are isolated: of a folder or file of SQL, or of a database by its DSN.

    `config` is an `isolation.toml` or what was read of one. Raises BadInput where source or configuration cannot be
    used, and Untried where nothing could be tried without disturbing others.
    """
    chosen = config if isinstance(config, Config) else load(config)
    with opened(str(source), chosen.platform, skip_failing=skip_failing) as place:
        return without(_prove(place.dsn, chosen), place.document(), place.unproven())


def assert_isolated(source: str | Path, config: Config | Path | None = None) -> None:
    """Fail with every finding, and with everything unproven, where a schema's tenants are not isolated."""
    started = time.perf_counter()
    report = prove(source, config)
    findings = [f"{f.kind}: {f.actor} · {f.operation} · {f.relation}: {f.seen}" for f in report.findings]
    open_ = [f"unproven: {u['relation']} · {u['operation']}: {u['why']}" for u in report.unproven]
    lines = "\n".join([*findings, *open_])
    assert not lines, f"{report.verdict}, after {time.perf_counter() - started:.1f} s\n{lines}"
