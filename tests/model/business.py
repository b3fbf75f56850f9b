"""One workspace's money, onboarding and manifests, as the contract describes them: pure, with no clock of its own."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

PRICES = {"ascent": 500_000, "glide": 700_000, "soar": 1_000_000}
GRACE = timedelta(days=3)
STEPS = 23
Status = Literal["active", "cancelled", "past_due", "scheduled", "expired"]


def later(moment: datetime, cycle: str, times: int) -> datetime:
    """So many calendar months or years later, cut to the last day of a shorter month."""
    months = moment.month - 1 + times * (12 if cycle == "annual" else 1)
    year, month = moment.year + months // 12, months % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


@dataclass(slots=True)
class Payment:
    """One purchase: what it costs, and how much of it went back."""

    id: str
    plan: str
    cycle: str
    state: str = "pending"
    returned: int = 0

    @property
    def amount(self) -> int:
        """Ten months' price buys a year."""
        return PRICES[self.plan] * (10 if self.cycle == "annual" else 1)


@dataclass(slots=True)
class Period:
    """What one completed payment gives: the `number`-th month or year from `anchor`."""

    payment: Payment
    anchor: datetime
    number: int
    cancelled: bool = False
    given_back: bool = False
    replaced_by: Period | None = None

    @property
    def start(self) -> datetime:
        """When it begins."""
        return later(self.anchor, self.payment.cycle, self.number - 1)

    @property
    def end(self) -> datetime:
        """When it ends."""
        return later(self.anchor, self.payment.cycle, self.number)

    @property
    def counts(self) -> bool:
        """Whether it was neither refunded nor replaced."""
        return not self.given_back and self.replaced_by is None

    def status(self, now: datetime) -> Status:
        """How it stands."""
        if now < self.start:
            return "scheduled"
        if now < self.end:
            return "cancelled" if self.cancelled else "active"
        return "past_due" if not self.cancelled and now < self.end + GRACE else "expired"


@dataclass(slots=True)
class Business:
    """One workspace."""

    payments: list[Payment] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    opened: bool = False
    answers: dict[int, int] = field(default_factory=dict)
    """The version of each saved step."""
    completed: bool = False
    context_version: int = 0
    manifests: list[int] = field(default_factory=list)
    """The context's version that each manifest is from."""
    content: int = 0
    """Which content the context has: an edit makes another."""
    drawn: int = 0
    """Which content the latest manifest shows."""
    pieces: dict[str, int] = field(default_factory=dict)
    """The manifest's version that each feature last used."""

    def completes(self, payment: Payment, now: datetime) -> Period:
        """The customer paid: one period, appended to a running one of the same plan and cycle, else from now on."""
        payment.state = "completed"
        running = [each for each in self.periods if each.counts and each.end > now]
        last = max(running, key=lambda each: each.end, default=None)
        same = last and (last.payment.plan, last.payment.cycle) == (payment.plan, payment.cycle)
        if last is not None and same:
            made = Period(payment, last.anchor, last.number + 1)
        else:
            made = Period(payment, now, 1)
            for each in running:
                each.replaced_by = made
        self.periods.append(made)
        return made

    def cancels(self, now: datetime) -> bool:
        """Access stays until what is paid for ends; whether there was something to cancel."""
        there = [each for each in self.periods if each.counts and each.status(now) != "expired"]
        for each in there:
            each.cancelled = True
        return bool(there)

    def refunds(self, payment: Payment, amount: int, now: datetime) -> None:
        """Money went back; all of it ends what it had bought, and what that had replaced or delayed goes on."""
        payment.returned += amount
        payment.state = "refunded" if payment.returned == payment.amount else "partially_refunded"
        if payment.state == "refunded":
            (ended,) = [each for each in self.periods if each.payment is payment]
            self._ends(ended, now)

    def _ends(self, ended: Period, now: datetime) -> None:
        anchor, number, running = ended.anchor, ended.number, ended.start <= now
        ended.given_back = True
        for each in self.periods:
            if each.replaced_by is ended:
                each.replaced_by = None
        for each in self.periods:
            chained = each.anchor == anchor and each.number > number and each.payment.cycle == ended.payment.cycle
            if chained and each.counts and each.start > now:
                each.anchor, each.number = (now, each.number - number) if running else (anchor, each.number - 1)

    def current(self, now: datetime) -> Period | None:
        """The period that is shown: one that gives access before one that will or did."""
        order = ("active", "cancelled", "past_due", "scheduled", "expired")
        there = [each for each in self.periods if each.counts]
        return min(there, key=lambda each: (order.index(each.status(now)), -each.end.timestamp()), default=None)

    def has_access(self, now: datetime) -> bool:
        """Whether what needs access opens."""
        return any(each.counts and each.status(now) in ("active", "cancelled", "past_due") for each in self.periods)

    @property
    def first_open(self) -> int:
        """The first step that is not saved; one more than there are when all are."""
        return next((n for n in range(1, STEPS + 1) if n not in self.answers), STEPS + 1)

    @property
    def onboarding(self) -> str:
        """Onboarding's status."""
        return "completed" if self.completed else "in_progress" if self.opened else "not_started"

    def rests_at(self, now: datetime) -> str:
        """The page that a customer who comes back is led to."""
        if not self.has_access(now):
            return "/onboarding/plans"
        if self.completed:
            return "/dashboard"
        return f"/onboarding/session/step/{min(self.first_open, STEPS)}"

    def is_completed(self) -> None:
        """All steps are answered: the context and the first manifest."""
        self.completed, self.context_version, self.content, self.drawn = True, 1, 1, 1
        self.manifests.append(1)

    def is_edited(self) -> None:
        """The context has another content."""
        self.context_version += 1
        self.content += 1

    def is_rebuilt(self) -> bool:
        """The manifest shows the present content; whether that makes a new version."""
        if self.drawn == self.content:
            return False
        self.drawn = self.content
        self.manifests.append(self.context_version)
        return True

    def gate(self, now: datetime) -> int:
        """What stands before manifest and features: 402, 412, or nothing (200)."""
        return 402 if not self.has_access(now) else 200 if self.completed else 412
