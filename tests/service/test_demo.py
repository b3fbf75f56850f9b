"""Made-up customers for a demonstration."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from fixtures.stack import need_it_here
from stack.slice import Slice
from stack.tools import APPLICATION, source
from tests.service.contents import digests

pytestmark = pytest.mark.requirement("E2E-20")


def seed(slice_: Slice, **settings: str) -> subprocess.CompletedProcess[str]:
    """`python -m raptorflow seed-demo`, beside the slice's running application."""
    argv = (str(APPLICATION.require()), "-m", "raptorflow", "seed-demo")
    told = {**slice_.environment, **settings}
    return subprocess.run(argv, cwd=source(), env=told, capture_output=True, text=True, timeout=60)  # noqa: S603


@pytest.mark.promise("E2E-20.21")
def test_seeded_twice__people_at_every_stage(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """Each made-up customer is where the command says they are; again, it changes nothing but their sessions.

    In production the command refuses in one line, with exit code 2, and nobody is there.
    """
    slice_ = make_slice()
    need_it_here(slice_)
    nobody = digests(slice_.system)

    refused = seed(slice_, ENVIRONMENT="production")
    assert (refused.returncode, refused.stderr.count("\n"), digests(slice_.system)) == (2, 1, nobody)
    assert "ENVIRONMENT" in refused.stderr

    first = seed(slice_)
    before = digests(slice_.system)
    again = seed(slice_)

    assert (first.returncode, first.stderr, again.returncode) == (0, "", 0)
    assert {table for table, now in digests(slice_.system).items() if now != before[table]} == {"auth.sessions"}
    people = [line.split()[0] for line in first.stdout.splitlines() if "@" in line]
    password = first.stdout.split()[-1]
    standing = {email.split("@")[0]: stands(slice_, transport, email, password) for email in people}
    assert standing == {
        "asha": ("not_started", True, 1, None),
        "ravi": ("not_started", False, 1, None),
        "meera": ("in_progress", False, 1, None),
        "dev": ("in_progress", False, 1, None),
        "kabir": ("completed", False, 1, 2),
        "leela": ("completed", False, 1, 1),
        "arjun": ("not_started", True, 2, None),
    }


def stands(slice_: Slice, transport: HttpxTransport, email: str, password: str) -> tuple[str, bool, int, int | None]:
    """Onboarding's state, whether payment is needed, how many workspaces, the manifest's version."""
    customer = HttpCustomer(transport, slice_.system.base_url)
    entry = {"email": email, "password": password}
    customer.access_token = customer.call("POST", "login", entry).json()["access_token"]
    me = customer.call("GET", "me").json()
    bcm = customer.call("GET", "bcm")
    version = bcm.json()["version"] if bcm.status == 200 else None
    return me["onboarding_status"], me["needs_payment"], len(me["workspaces"]), version
