"""What every route of the second RaptorFlow uses: its books, its gateway, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app, jsonify, session

from tests.support.second.books import Books, Row
from tests.support.second.gateway import Gateway

Answer = tuple[Any, int] | Response
KEY = "second-raptorflow"


@dataclass(frozen=True, slots=True)
class Site:
    """The parts of one application; `hook` is the name and password that webhooks come with, `home` its address."""

    books: Books
    gateway: Gateway
    hook: str
    home: str


def site() -> Site:
    """The parts of the application that answers."""
    return cast(Site, current_app.extensions[KEY])


def problem(status: int, code: str) -> Answer:
    """A refusal, as a problem document."""
    answer = jsonify(title=code.capitalize(), status=status, code=code)
    answer.status_code, answer.mimetype = status, "application/problem+json"
    return answer


def inside() -> Row | None:
    """The account whose session this is, with its firm."""
    if "account" not in session:
        return None
    return site().books.one(
        "select a.*, f.id as firm from shop.accounts a join shop.firms f on f.owner_id = a.id where a.id = %s",
        session["account"],
    )


def firm() -> Any:
    """The firm of the account whose session this is; routes below `/my` are reached with one only."""
    mine = inside()
    assert mine is not None
    return mine["firm"]
