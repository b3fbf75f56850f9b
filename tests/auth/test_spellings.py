"""What Unicode spells in several ways is one password, and what people see as one character is not cut in two."""

from __future__ import annotations

import json
import unicodedata
from urllib.parse import urlencode

import psycopg
import pytest

from drivers.http import HttpCustomer
from drivers.transport import Response
from fixtures.customers import Customers
from fixtures.stack import need
from stack.system import System
from tests.support.problems import refused
from tests.support.sessions import send

PASSWORD = "crème brûlée à Orléans"
OLD_HASH = "$argon2id$v=19$m=8,t=1,p=1$cslrxDyOMTZs8CkAu+x4NA$K15kqh5VjkIT/5TjiDGEnyjE1b608vYmKyJcqB7NdWA"
"""Of `PASSWORD` as a keyboard sent it that spells accents apart (NFD), hashed before spellings were made one."""
FORMS = ("NFC", "NFD")
FAMILY = "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
FLAG = "\N{REGIONAL INDICATOR SYMBOL LETTER I}\N{REGIONAL INDICATOR SYMBOL LETTER N}"


def spelt(form: str, text: str = PASSWORD) -> str:
    """The text in a normal form."""
    return unicodedata.normalize(form, text)  # type: ignore[arg-type]


def sign_up(customers: Customers, password: str, full_name: str | None = None) -> tuple[HttpCustomer, str, Response]:
    """Signs a stranger up with a password: their device, their address, the answer."""
    customer, email = customers.nobody(), customers.stranger().identity.email
    body = {"email": email, "password": password, "full_name": full_name}
    return customer, email, customer.call("POST", "signup", body)


def opens(customer: HttpCustomer, email: str, password: str) -> int:
    """The status of a login over the API."""
    return customer.call("POST", "login", {"email": email, "password": password}).status


def posted(customer: HttpCustomer, path: str, **fields: str) -> Response:
    """A form, sent from its page."""
    return send(customer, "POST", path, {}, urlencode(fields).encode())


@pytest.mark.promise("AUTH-2.7")
@pytest.mark.requirement("AUTH-2")
@pytest.mark.parametrize("typed", FORMS)
@pytest.mark.parametrize("chosen", FORMS)
def test_password_in_another_normal_form__opens(customers: Customers, chosen: str, typed: str) -> None:
    """Whichever keyboard chose the password, every other one opens the account, over the API and at the page."""
    customer, email, answer = sign_up(customers, spelt(chosen))

    assert answer.status == 201
    assert opens(customer, email, spelt(typed)) == 200
    assert posted(customer, "/login", email=email, password=spelt(typed)).status == 303
    assert opens(customer, email, "creme brulee a Orleans") == 401


@pytest.mark.promise("AUTH-2.7")
@pytest.mark.requirement("AUTH-2")
@pytest.mark.parametrize("typed", FORMS)
def test_password_hashed_before__still_opens(customers: Customers, system: System, typed: str) -> None:
    """A hash of the spelling that was typed back then opens for each spelling, and is renewed in NFC."""
    customer, email, _ = sign_up(customers, "something else")
    with psycopg.connect(need(system.database_dsn, "a database to age a hash in")) as database:
        database.execute("update auth.users set encrypted_password = %s where email = %s", (OLD_HASH, email))

    assert posted(customer, "/login", email=email, password=spelt(typed)).status == 303

    with psycopg.connect(need(system.database_dsn, "a database to look into")) as database:
        kept = database.execute("select encrypted_password from auth.users where email = %s", (email,)).fetchone()
    assert kept != (OLD_HASH,)
    assert [opens(customer, email, spelt(form)) for form in FORMS] == [200, 200]


@pytest.mark.promise("AUTH-2.6")
@pytest.mark.requirement("AUTH-2")
@pytest.mark.parametrize(
    ("password", "status"),
    [
        (spelt("NFD", "é" * 7), 422),
        (spelt("NFD", "é" * 8), 201),
        (spelt("NFD", "é" * 128), 201),
        (spelt("NFD", "é" * 129), 422),
        ("\U0001f1ee" * 8, 201),
        ("\u0301" * 20_000, 422),
    ],
    ids=["7 typed as 14", "8 typed as 16", "128 typed as 256", "129 typed as 258", "4 flags", "accents without end"],
)
def test_password__is_counted_in_nfc(customers: Customers, password: str, status: int) -> None:
    """A letter with its accent counts once, however it was typed: 8 to 128 of them, over the API and at the page."""
    _, _, answer = sign_up(customers, password)
    customer = customers.nobody()
    form = posted(customer, "/signup", email=customers.stranger().identity.email, password=password)

    assert answer.status == status
    assert form.status == {201: 303, 422: 422}[status]
    if status == 422:
        assert refused(answer, 422, "INVALID_INPUT")["errors"][0]["field"] == "body.password"


@pytest.mark.requirement("AUTH-2")
def test_password_longer_once_composed__opens_when_it_was_taken(customers: Customers) -> None:
    """What is at most 128 code points as it was typed is asked after at login: it may be from before NFC."""
    customer = customers.a_new_customer()
    longer = "\u0958" * 128

    assert len(spelt("NFC", longer)) == 256
    assert opens(customer, customer.identity.email, longer) == 401
    refused(sign_up(customers, longer)[2], 422, "INVALID_INPUT")


@pytest.mark.promise("AUTH-4.15")
@pytest.mark.requirement("AUTH-4")
@pytest.mark.parametrize("whole", [FAMILY, FLAG, "e\u0301\u0323", "\r\n"], ids=["family", "flag", "accents", "line"])
def test_long_name__is_cut_between_characters(customers: Customers, system: System, whole: str) -> None:
    """The workspace of somebody with a long name ends in a whole character of it, over the API and at the page."""
    name = "n" * 87 + whole * 2
    expected = "n" * 87 + "'s workspace"
    _, _, answer = sign_up(customers, "long enough", name)
    email = customers.stranger().identity.email
    posted(customers.nobody(), "/signup", email=email, password="long enough", full_name=f"{name}x")

    assert answer.json()["workspace"]["name"] == expected
    with psycopg.connect(need(system.database_dsn, "a database to look into")) as database:
        named = database.execute(
            "select w.name from workspaces w join users u on u.id = w.owner_id where u.email = %s", (email,)
        ).fetchone()
    assert named == (expected,)


@pytest.mark.promise("ONB-14.7")
@pytest.mark.requirement("ONB-14")
@pytest.mark.parametrize("whole", [FAMILY, FLAG, "e\u0301\u0323"], ids=["family", "flag", "accents"])
def test_long_answer__is_cut_between_characters(customers: Customers, whole: str) -> None:
    """An answer that the manifest must shorten ends in a whole character of it, before its ellipsis."""
    customer = customers.a_customer_with_a_manifest()
    context = customer.business_context()
    filler = {"problem_statement": "p" * 900, "solution": "s" * 900, "pain_points": ["a" * 160] * 8}
    notes = "x" + whole * (900 // len(whole))
    changes = {"23": context.answers["23"] | {"final_review": {"approved": True, "notes": notes}}}
    customer.change_context(context, {**changes, "5": context.answers["5"] | filler})

    kept = customer.rebuild().manifest["integrity"]["notes"]

    assert kept.endswith("…")
    assert kept[1:-1] == whole * (len(kept[1:-1]) // len(whole)), json.dumps(kept)
