"""The published description is true: nothing undocumented comes back, whatever is sent."""

from __future__ import annotations

import pytest

from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from fixtures.options import SEED
from tests.service import exploring
from tests.support.openapi import operations


@pytest.mark.promise("E2E-20.7")
@pytest.mark.requirement("PAY-10", "ONB-13", "BCM-18")
@pytest.mark.timeout(1800)
def test_examples_of_every_operation__keep_the_description(customers: Customers, pytestconfig: pytest.Config) -> None:
    """Drawn from the schema, right ones and wrong ones (`--examples` in all) pass every check of schemathesis.

    With `--explore` each run draws others, and what it finds is written to `examples/`.
    """
    wanted, seed = pytestconfig.option.examples, pytestconfig.stash[SEED]
    exploration = exploring.Exploration(customers.a_customer_with_a_manifest(), wanted, seed)

    exploration.run()

    if pytestconfig.option.explore:
        for found in exploration.found:
            print(f"written down: {found.write(exploring.FOUND)}")
    assert exploration.found == []
    assert exploration.sent >= wanted


@pytest.mark.requirement("PAY-10", "ONB-13", "BCM-18")
def test_what_was_found_once__is_answered_rightly(customers: Customers, transport: HttpxTransport) -> None:
    """Each request that was once answered by a 5xx or with something undocumented gets a documented answer."""
    customer = customers.a_customer_with_a_manifest()
    published = {at.name: at.statuses for at in operations(transport, customer.routes.base_url)}

    answers = [(found.operation, found.path, found.send(customer).status) for found in exploring.known()]

    assert [each for each in answers if each[2] not in published.get(each[0], {404, 405})] == []
