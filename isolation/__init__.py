"""Proves by trying whether the tenants of a PostgreSQL database are isolated from each other."""

from __future__ import annotations

from isolation.config.model import Config
from isolation.engine.command import prove
from isolation.errors import BadInput, Untried
from isolation.report.document import Report

__all__ = ["BadInput", "Config", "Report", "Untried", "prove"]
