"""Somebody who belongs to two workspaces: RLS admits both, and the selected one alone is answered."""

from __future__ import annotations

import pytest

from core.contract import FEATURES
from drivers.http import HttpCustomer
from fixtures.customers import Customers

pytestmark = pytest.mark.requirement("BCM-17", "BCM-16", "BCM-18")
ROUTES = ("business_context", "bcm", "bcm_export", *FEATURES)


@pytest.mark.promise("BCM-17.8", "BCM-18.12")
def test_each_workspace__answers_with_its_own_words(customers: Customers) -> None:
    """A guest with a manifest of their own reads, of each workspace, its words, versions, steps and pieces, and never
    the other's.
    """
    host, guest = customers.a_customer_with_a_manifest(), customers.a_customer_with_a_manifest()
    host.change_context(host.business_context(), {"6": {"market_trends": ["Two versions here"]}})
    host.rebuild()
    for customer in (host, guest):
        for feature in FEATURES:
            customer.generate(feature)
    invitation = {"email": guest.identity.email, "role": "admin"}
    host.call("POST", "members", invitation, workspace=host.workspace_id)

    seen = {whose: read(guest, whose.workspace_id) for whose in (host, guest)}

    for whose, other in ((host, guest), (guest, host)):
        assert [name for name, text in seen[whose].items() if other.identity.canary in text] == []
        assert [
            name for name in ("business_context", "bcm", "step") if whose.identity.canary not in seen[whose][name]
        ] == []
        for name in ("bcm_versions", "session", *ROUTES):
            assert seen[whose][name] == whose.call("GET", name).text, name


@pytest.mark.promise("BCM-17.8")
def test_writing_in_one__leaves_the_other(customers: Customers) -> None:
    """What a guest changes and rebuilds in the host's workspace is not in their own."""
    host, guest = customers.a_customer_with_a_manifest(), customers.a_customer_with_a_manifest()
    invitation = {"email": guest.identity.email, "role": "admin"}
    host.call("POST", "members", invitation, workspace=host.workspace_id)
    there, own = {"x-workspace-id": host.workspace_id}, guest.bcm()
    content = {"answers": {**host.business_context().answers, "6": {"market_trends": ["Written by a guest"]}}}

    guest.call("PUT", "business_context", {"content": content, "version": 1}, headers=there)
    rebuilt = guest.call("POST", "bcm_rebuild", headers=there)

    assert (rebuilt.status, rebuilt.json()["version"]) == (201, 2)
    assert "Written by a guest" in str(host.bcm().manifest)
    assert guest.bcm() == own
    assert guest.business_context().version == 1


def read(reader: HttpCustomer, workspace: str) -> dict[str, str]:
    """What somebody reads in a workspace, by route."""
    there = {"x-workspace-id": workspace}
    texts = {name: reader.call("GET", name, headers=there).text for name in ("bcm_versions", "session", *ROUTES)}
    return texts | {"step": reader.call("GET", "step", step=1, headers=there).text}
