"""Proves by trying whether the tenants of a PostgreSQL database are isolated from each other."""

from __future__ import annotations

from .config.model import Config
from .engine.command import prove
from .errors import BadInput, Untried
from .report.document import Report

__all__ = ["BadInput", "Config", "Report", "Untried", "prove"]
