"""A customer's way through RaptorFlow, as its intent says: each step a trial, claimed by what the customer saw."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import rfc8785

from core.contract import STEPS
from drivers.answers import answers
from drivers.customer import Identity
from drivers.http import HttpCustomer
from load.customers.attempts import ChangedMindError, LeftError, expect, trial
from load.customers.purchase import Purchase
from load.customers.visit import Visit

SIGN_UP_WITHIN_S = 5.0
LOG_IN_WITHIN_S = 2.0
_NUMBER = re.compile(r"U[0-9]{6,19}")


@dataclass(slots=True)
class Journey:
    """One customer's way, from the landing page to the business context."""

    visit: Visit
    customer: HttpCustomer
    _pauses: Iterator[float] = field(init=False)
    _answers: dict[int, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what the customer will say."""
        self._pauses = iter(self.visit.intent.pauses)
        self._answers = answers(self.visit.canary, self.visit.canary)

    def make(self) -> None:
        """Go on until the end, or until the customer leaves; keep a record of how far it came."""
        reached, left = "arrived", None
        try:
            for stage, go_there in self._stages():
                time.sleep(next(self._pauses, 0))
                go_there()
                reached = stage
        except LeftError as leaving:
            left = str(leaving)
        self.visit.record("visits", {"customer": self.visit.claims.customer, "reached": reached, "left": left})

    def _stages(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        return (
            ("signed up", self._sign_up),
            ("logged in", self._log_in),
            ("paid", Purchase(self.visit, self.customer, self._pauses).make),
            ("started", self._start),
            ("completed", self._onboard),
            ("holds a manifest", self._read_manifest),
            ("read the context", self._read_context),
        )

    def _sign_up(self) -> None:
        canary = self.visit.canary
        identity = Identity(f"{canary}@load.example", f"pass-{canary}", self._full_name, canary)
        with trial(self.visit, "auth.registration", SIGN_UP_WITHIN_S) as facts:
            facts["email"] = identity.email
            self.customer.sign_up(identity)
            facts |= {"number": self.customer.identification_number, "workspace": self.customer.workspace_id}

    def _log_in(self) -> None:
        refused = self._is_wrong_password_refused() if self.visit.intent.mistypes_password else True
        with trial(self.visit, "auth.login", LOG_IN_WITHIN_S) as facts:
            facts["email"] = self.customer.identity.email
            expect(refused, "a wrong password opened a session, too")
            before = self.customer.access_token
            self.customer.log_in()
            expect(not before or self.customer.access_token != before, "the session is the one that there was before")
            person = self.customer.me()
        with trial(self.visit, "auth.profile") as facts:
            facts |= {"email": person.email, "number": person.identification_number}
            expect(person.email == self.customer.identity.email, f"the profile is {person.email}'s")
            expect(person.full_name == self._full_name, f"the profile's name is {person.full_name!r}")
            expect(_NUMBER.fullmatch(person.identification_number), f"the number is {person.identification_number!r}")

    @property
    def _full_name(self) -> str:
        return f"Visitor {self.visit.canary}"

    def _is_wrong_password_refused(self) -> bool:
        body = {"email": self.customer.identity.email, "password": f"mistyped-{self.visit.canary}"}
        return self.customer.call("POST", "login", body, name="log in, mistyped").status >= 400

    def _start(self) -> None:
        if self.visit.intent.leaves_before == 0:
            raise ChangedMindError("meant to leave before onboarding")
        with trial(self.visit, "onboarding.start") as facts:
            facts["email"] = self.customer.identity.email
            first = self.customer.start_onboarding()
            facts["session"] = self.customer.session_id
            expect(first == 1, f"onboarding starts at step {first}")

    def _onboard(self) -> None:
        with trial(self.visit, "onboarding.completion") as facts:
            facts |= {"email": self.customer.identity.email, "canary": self.visit.canary}
            for number in range(1, STEPS + 1):
                self._answer(number)
            self.customer.complete()
            status = self.customer.me().onboarding_status
            expect(status == "completed", f"the onboarding status is {status}")

    def _answer(self, number: int) -> None:
        intent = self.visit.intent
        if intent.leaves_before == number:
            raise ChangedMindError(f"meant to leave before step {number}")
        time.sleep(next(self._pauses, 0))
        if intent.tab_left_open and number == 2 + intent.number % 20:
            opened = self.customer.start_onboarding()
            expect(opened == number, f"a second tab opens step {opened}, not {number}")
        self.customer.answer(number, self._answers[number])

    def _read_manifest(self) -> None:
        canary = self.visit.canary
        with trial(self.visit, "bcm.generation") as facts:
            manifest = self.customer.bcm()
            facts |= {"email": self.customer.identity.email, "checksum": manifest.checksum, "canary": canary}
            checksum = hashlib.sha256(rfc8785.dumps(dict(manifest.manifest))).hexdigest()
            expect(checksum == manifest.checksum, f"the manifest's checksum is {checksum}, not {manifest.checksum}")

    def _read_context(self) -> None:
        with trial(self.visit, "context.storage") as facts:
            facts |= {"email": self.customer.identity.email, "canary": self.visit.canary}
            shown = self.customer.business_context().answers
            for number, given in self._answers.items():
                found = shown.get(str(number))
                expect(_contains(found, given), f"step {number} is read back as {found}")


def _contains(shown: object, given: object) -> bool:
    """Whether a customer finds what it gave in what it is shown: optional answers may have been filled in beside it."""
    if isinstance(given, Mapping):
        return isinstance(shown, Mapping) and all(_contains(shown.get(key), value) for key, value in given.items())
    if isinstance(given, list):
        return isinstance(shown, list) and len(shown) == len(given) and all(map(_contains, shown, given))
    return shown == given
