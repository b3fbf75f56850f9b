"""A whole RaptorFlow to live in: PostgreSQL, Redis, the payment gateway and the application, brought up and down."""

from __future__ import annotations

from stack.system import System

__all__ = ["System"]
