"""Whatever a customer answers, edits, drafts and leaves, in whatever order: no saved step is lost, no other counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from redis import Redis

from core.contract import STEPS
from drivers.answers import answers
from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from stack.slice import Slice
from tests.support.histories import try_histories
from tests.support.problems import refused
from witness.database import CustomerRows, DatabaseWitness

NUMBERS = st.integers(1, STEPS)
BEGINNINGS = st.sampled_from([STEPS, STEPS - 1, STEPS, STEPS - 2, STEPS, 2])
"""How many steps are answered when a story begins; the first is what the first history of every push draws."""
VARIANTS = st.integers(1, 3)
MOST_CRASHES = 1
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """The RaptorFlow that a history happens to."""

    own: Slice
    transport: HttpxTransport
    customers: Customers
    database: DatabaseWitness
    redis: Redis

    def paid(self) -> HttpCustomer:
        """A customer of this RaptorFlow who has access."""
        customer = HttpCustomer(self.transport, self.own.system.base_url)
        customer.sign_up(self.customers.stranger().identity)
        customer.choose_plan("glide", "annual")
        customer.pay()
        customer.wait_for_payment("completed")
        return customer


class Onboarding(RuleBasedStateMachine):
    """One customer's onboarding, from two devices; ``saved`` is what the customer has been told is saved."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.here = self.world.paid()
        self.here.start_onboarding()
        self.there = self.here.at_another_device()
        self.there.log_in()
        self.saved: dict[int, Data] = {}
        self.versions: dict[int, int] = {}
        self.completed = False
        self.context_version = 1
        self.crashed = 0

    def data(self, n: int, variant: int) -> Data:
        """One of the customer's several minds about a step."""
        return answers(f"{self.here.identity.canary}{variant}", self.here.identity.canary)[n]

    def put(self, customer: HttpCustomer, n: int, data: Data, version: int) -> Any:
        """Saves a step over a version."""
        return customer.call("PUT", "step", {"data": data, "version": version}, step=n)

    @property
    def first_open(self) -> int:
        """The first step that is not completed."""
        return next((n for n in range(1, STEPS + 1) if n not in self.saved), STEPS + 1)

    @initialize(answered=BEGINNINGS, edited=NUMBERS, variant=VARIANTS, completes=st.sampled_from([True, False]))
    def has_come_far(self, answered: int, edited: int, variant: int, completes: bool) -> None:
        """The story begins anywhere, mostly near the end or beyond it, and with an edit from each device."""
        for n in range(1, answered + 1):
            self.save(n, 1, elsewhere=False)
        for elsewhere in (True, False):
            self.save(edited, variant, elsewhere)
        if completes and self.first_open > STEPS:
            self.complete()
            self.edit_afterwards(edited, variant)

    @precondition(lambda self: not self.completed)
    @rule(n=NUMBERS, variant=VARIANTS, elsewhere=st.booleans())
    def save(self, n: int, variant: int, elsewhere: bool) -> None:
        """A step is saved, from either device, where the order allows it."""
        data = self.data(n, variant)
        answer = self.put(self.there if elsewhere else self.here, n, data, self.versions.get(n, 0))
        if n > self.first_open:
            refused(answer, 409, "STEP_ORDER")
        else:
            assert answer.status == 200, answer.text
            assert answer.json()["version"] == self.versions.get(n, 0) + 1
            self.saved[n], self.versions[n] = data, self.versions.get(n, 0) + 1

    @precondition(lambda self: not self.completed)
    @rule(variant=VARIANTS)
    def go_on(self, variant: int) -> None:
        """The next step is saved; after the last one, onboarding is completed."""
        if self.first_open <= STEPS:
            self.save(self.first_open, variant, elsewhere=False)
        else:
            self.complete()

    @precondition(lambda self: self.saved and not self.completed)
    @rule(choice=st.randoms(use_true_random=False), variant=VARIANTS)
    def save_over_what_was_not_seen(self, choice: Any, variant: int) -> None:
        """A tab that has not seen the latest version is told so, and changes nothing."""
        n = choice.choice(sorted(self.saved))
        refused(self.put(self.there, n, self.data(n, variant), self.versions[n] - 1), 409, "VERSION_CONFLICT")

    @precondition(lambda self: not self.completed)
    @rule(n=NUMBERS)
    def save_nonsense(self, n: int) -> None:
        """A step with a field that nobody asked for is refused, whatever its turn."""
        answer = self.put(self.here, n, {"nobody_asked": 1}, self.versions.get(n, 0))
        assert answer.status in (409, 422)

    @precondition(lambda self: not self.completed and self.first_open <= STEPS)
    @rule()
    def draft(self) -> None:
        """Half an answer is kept, and counts for nothing."""
        kept = self.here.call("PUT", "draft", {"data": {}}, step=self.first_open)
        assert kept.status in (200, 204)

    @rule()
    def complete(self) -> None:
        """Onboarding is completed when every step is, and says what is missing before."""
        answer = self.here.call("POST", "complete")
        if self.first_open > STEPS:
            assert answer.status in (200, 201)
            self.completed = True
        else:
            refused(answer, 409, "STEPS_INCOMPLETE")

    @precondition(lambda self: self.completed)
    @rule(n=NUMBERS, variant=VARIANTS)
    def save_too_late(self, n: int, variant: int) -> None:
        """A completed session takes no more answers."""
        assert self.put(self.here, n, self.data(n, variant), self.versions[n]).status in (404, 409)

    @precondition(lambda self: self.completed)
    @rule(n=NUMBERS, variant=VARIANTS)
    def edit_afterwards(self, n: int, variant: int) -> None:
        """What was answered is changed in the business context, once for each version that was seen."""
        answers = self.there.business_context().answers
        changed = {"content": {"answers": {**answers, str(n): self.data(n, variant)}}, "version": self.context_version}
        answer = self.there.call("PUT", "business_context", changed)
        assert answer.status == 200, answer.text
        self.saved[n] = self.data(n, variant)
        self.context_version += 1
        assert answer.json()["version"] == self.context_version
        refused(self.here.call("PUT", "business_context", changed), 409, "VERSION_CONFLICT")

    @rule()
    def redis_forgets(self) -> None:
        """Redis loses everything."""
        self.world.redis.flushdb()

    @precondition(lambda self: self.crashed < MOST_CRASHES)
    @rule()
    def crash(self) -> None:
        """The application is killed and started again."""
        self.crashed += 1
        self.world.own.kill_application()
        self.world.own.restart_application()

    def rows(self) -> CustomerRows:
        """What the database says."""
        found = self.world.database.customer(self.here.identity.email)
        assert found is not None
        return found

    @invariant()
    def the_database_has_what_was_saved_and_no_more(self) -> None:
        """One session; exactly the saved steps are completed; a manifest and a context only after completion."""
        rows = self.rows()
        assert [state for _, state in rows.sessions] == ["completed" if self.completed else "open"]
        assert rows.completed_steps == sorted(self.saved)
        assert len(rows.manifests) == int(self.completed)
        if self.completed:
            assert {n: given(self.saved[n], rows.answers[str(n)]) for n in self.saved} == self.saved

    @precondition(lambda self: not self.completed)
    @invariant()
    def the_other_device_sees_what_was_saved(self) -> None:
        """The latest answer of each step is what a device that did not save it reads."""
        for n in list(self.saved)[-2:]:
            said = self.there.read_step(n)
            assert given(self.saved[n], said["data"]) == self.saved[n]
            assert said["version"] == self.versions[n]


def given(wanted: Any, kept: Any) -> Any:
    """What is kept, without the optional fields that the customer left out."""
    if isinstance(wanted, dict) and isinstance(kept, dict):
        return {name: given(value, kept.get(name)) for name, value in wanted.items()}
    if isinstance(wanted, list) and isinstance(kept, list) and len(wanted) == len(kept):
        return [given(one, other) for one, other in zip(wanted, kept, strict=True)]
    return kept


@pytest.mark.promise("ONB-12.5", "ONB-13.3", "ONB-13.4", "ONB-15.1")
@pytest.mark.requirement("ONB-12", "ONB-13", "ONB-15")
@pytest.mark.timeout(1800)
def test_any_history__loses_no_saved_step(
    make_slice: Callable[..., Slice], transport: HttpxTransport, customers: Customers, pytestconfig: pytest.Config
) -> None:
    """No history of answers, edits, drafts, two devices, a forgetful Redis and crashes loses or invents a step."""
    own = make_slice()
    with Redis.from_url(str(own.system.redis_url)) as redis:
        world = World(own, transport, customers, DatabaseWitness(str(own.system.database_dsn)), redis)
        try_histories(type("ThisOnboarding", (Onboarding,), {"world": world}), pytestconfig, few=4, steps=12)
