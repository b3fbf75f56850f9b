"""A RaptorFlow as every part of the harness sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class System:
    """Where one RaptorFlow is, and how its parts are reached; what a target does not offer is `None`.

    URLs carry no trailing slash. DSNs and URLs may hold passwords, so a `System` never shows them in its `repr`.
    """

    name: str
    base_url: str
    disposable: bool = False
    database_dsn: str | None = field(default=None, repr=False)
    owner_dsn: str | None = field(default=None, repr=False)
    app_dsn: str | None = field(default=None, repr=False)
    worker_dsn: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    gateway_url: str | None = None
    gateway_admin_url: str | None = None
    merchant_id: str | None = None
    jwt_secret: str | None = field(default=None, repr=False)
    migrate_command: tuple[str, ...] | None = None
    clock_file: Path | None = None
    log_path: Path | None = None
    cleanup_command: tuple[str, ...] | None = None
    routes: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
