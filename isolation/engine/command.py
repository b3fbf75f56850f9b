"""Proves a database by its DSN: in a clone, or in place."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..config.model import Config
from ..database.clones import clone_factory
from ..report.document import Report, report
from . import inplace
from .prove import Proof, assumed, proved


def prove(dsn: str, config: Config | None = None, *, schemas: Sequence[str] = (), in_place: bool = False) -> Report:
    """Say whether the tenants of a database are isolated.

    `schemas` empty means all but system and extension schemas. The database is cloned and never changed; in place, all
    happens in one transaction that is rolled back. Raises BadInput where the DSN, the configuration or the database
    cannot be used, and Untried where nothing could be tried without disturbing others.
    """
    started, config = time.perf_counter(), config or Config()
    with opened(dsn, config, tuple(schemas), in_place=in_place) as proof:
        return told(proof, time.perf_counter() - started)


@contextmanager
def opened(dsn: str, config: Config, schemas: tuple[str, ...], *, in_place: bool = False) -> Iterator[Proof]:
    """The proof, while its sessions are open. Raises BadInput and Untried."""
    if in_place:
        with inplace.proved(config, schemas, dsn) as proof:
            yield proof
    else:
        with clone_factory(dsn) as clones, proved(config, schemas, clones) as proof:
            yield proof


def told(proof: Proof, duration_s: float) -> Report:
    """What came of a proof."""
    context = proof.context
    return report(
        proof.log, context.planter.catalog, context.config, proof.channels, proof.advice, duration_s, assumed(context)
    )
