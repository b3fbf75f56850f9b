"""The judge: a claim becomes a success only when the other sides agree, and is closed once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from drivers.answers import answers
from load.coordination.saturation import Window
from load.customers.claim_log import ClaimLog
from load.judging.judge import Judge
from load.judging.witnesses import Witnesses
from load.reconciliation.gateway_orders import GatewayOrders, Order, WebhookEvent, intervals, next_question
from load.trials.checks import missing
from load.trials.claims import Claim, Phase
from load.trials.trials import TrialLog
from stack.errors import ServiceFailed
from witness.customer import Sight
from witness.database import CustomerRows, PaymentRow, SubscriptionRow

EMAIL = "asha@load.example"
NOW = time.time()
ROWS = CustomerRows(
    user_id="u1",
    identification_number="U100000",
    users=1,
    profiles=1,
    workspace_id="w1",
    workspaces=1,
    memberships=[("owner", True)],
    payments=[PaymentRow("p1", "O1", "glide", "monthly", 700000, "completed")],
    subscriptions=[SubscriptionRow("p1", "glide", "monthly", "active", None, None)],  # type: ignore[arg-type]
    sessions=[("s1", "completed")],
    completed_steps=[],
    answers={},
    manifests=[],
)
ORDER = Order("O1", "COMPLETED", 700000, NOW - 5, NOW - 4, {})
EVENT = WebhookEvent("checkout.order.completed", "O1", NOW - 4, NOW - 4, given_up=False)


@dataclass
class Sides:
    """Witnesses that say what they were told to say."""

    rows: CustomerRows | None = ROWS
    told: GatewayOrders | None = None
    schedule: str = "1.1x1,0.15x10"

    def sight(self, email: str) -> Sight | None:
        if self.rows is None:
            raise AssertionError(f"the database knows no user with the address {email}")
        return Sight(self.rows, None, None)

    def gateway_orders(self) -> GatewayOrders | None:
        return self.told

    def same_number(self, number: str) -> int:
        return int(number == ROWS.identification_number)


def _judge(sides: Sides) -> tuple[Judge, TrialLog, list[Mapping[str, Any]]]:
    records: list[Mapping[str, Any]] = []
    trials = TrialLog(lambda _kind, record: records.append(record))
    return Judge(trials, sides), trials, records  # type: ignore[arg-type]


def _claim(judge: Judge, metric: str, phase: Phase, **facts: Any) -> None:
    """One customer's claim, opened and ended, and then the customer leaves."""
    stand = ClaimLog("customer-1", lambda record: judge.claimed(Claim(**record)))
    stand.end(stand.open(metric), phase, "it was not right" if phase in ("wrong", "late") else None, ["r1"], **facts)
    judge.left("customer-1")


def _outcome(sides: Sides, metric: str, phase: Phase = "right", **facts: Any) -> Mapping[str, Any] | None:
    judge, _, records = _judge(sides)
    _claim(judge, metric, phase, email=EMAIL, **facts)
    judge.settle()
    return next((record for record in records if record["metric"] == metric), None)


def test_right__confirmed_by_the_database() -> None:
    """A registration counts as a success once the database holds all of the account."""
    ended = _outcome(Sides(), "auth.registration")

    assert ended is not None
    assert (ended["outcome"], ended["request_ids"]) == ("success", ["r1"])


@pytest.mark.parametrize(
    ("metric", "rows", "facts", "why"),
    [
        ("auth.registration", replace(ROWS, profiles=0), {}, "0 profiles"),
        ("auth.registration", None, {}, "knows no user"),
        ("auth.profile", replace(ROWS, identification_number="U7"), {"number": "U100000"}, "the number is U7"),
        ("payment.initiation", replace(ROWS, payments=[]), {"order": "O1", "price": 700000}, "amounts"),
        ("payment.completion", replace(ROWS, subscriptions=[]), {"order": "O1", "visible_at": NOW}, "subscriptions"),
        ("onboarding.start", replace(ROWS, sessions=[]), {}, "0 onboarding sessions"),
        ("onboarding.completion", replace(ROWS, sessions=[("s1", "open")]), {}, "sessions"),
        ("bcm.generation", ROWS, {"checksum": "c", "canary": "m"}, "0 manifests"),
        ("context.storage", ROWS, {"canary": "m"}, "answers of steps"),
    ],
)
def test_right__refuted_by_the_database(
    metric: str, rows: CustomerRows | None, facts: dict[str, Any], why: str
) -> None:
    """What the customer saw as right is a failure when the database says otherwise, and the record says so."""
    ended = _outcome(Sides(rows), metric, **facts)

    assert ended is not None
    assert ended["outcome"] == "failure"
    assert ended["why"].startswith("database: ")
    assert why in ended["why"]


def test_wrong__failure_in_the_customers_words() -> None:
    """What the customer saw go wrong is a failure, whatever the others say."""
    ended = _outcome(Sides(), "auth.login", "wrong")

    assert ended is not None
    assert (ended["outcome"], ended["why"]) == ("failure", "client: it was not right")


def test_changed_mind__no_trial() -> None:
    """A customer who gives up leaves no trial behind."""
    judge, trials, _ = _judge(Sides())
    _claim(judge, "onboarding.completion", "dropped")

    assert (trials.closed, trials.pending) == (0, 0)


ANSWER = {"name": "save step", "user": "customer-1", "request_id": "r1", "foreign": None}


def test_isolation__counts_while_others_are_active() -> None:
    """A clean answer is a trial of isolation only while another tenant is active; a leak always is."""
    judge, trials, _ = _judge(Sides())
    theirs = ClaimLog("customer-2", lambda record: judge.claimed(Claim(**record)))
    judge.answered(ANSWER)
    judge.answered(ANSWER | {"foreign": "canary0"})

    assert dict(trials.counts["tenant.isolation"]) == {"failure": 1}

    theirs.open("auth.login")
    judge.answered(ANSWER)

    assert dict(trials.counts["tenant.isolation"]) == {"failure": 1, "success": 1}


@pytest.mark.parametrize(
    ("cpu", "lag_s", "outcome"), [(0.2, 0.0, "failure"), (0.9, 0.0, "unknown"), (0.2, 0.3, "unknown")]
)
def test_late__unknown_while_the_generator_is_slow(cpu: float, lag_s: float, outcome: str) -> None:
    """A late answer counts against the system only while the generator itself kept up."""
    judge, _, records = _judge(Sides())
    judge.saturation.add(Window(time.time() - 1, time.time() + 1, cpu, lag_s))
    _claim(judge, "auth.login", "late")

    assert [record["outcome"] for record in records] == [outcome]


def test_money_not_taken__no_completion() -> None:
    """Without the money at the gateway, a payment that never completes is no trial of completion."""
    pending = GatewayOrders({"O1": replace(ORDER, state="PENDING", completed_at=None)}, {})

    assert _outcome(Sides(told=pending), "payment.completion", "wrong", order="O1") is None


def test_money_taken_but_not_shown__failure() -> None:
    """Money that was taken and never shown as paid is a failure."""
    ended = _outcome(Sides(told=GatewayOrders({"O1": ORDER}, {})), "payment.completion", "wrong", order="O1")

    assert ended is not None
    assert ended["outcome"] == "failure"


@pytest.mark.parametrize(("seen_after_s", "outcome"), [(9.0, "success"), (11.0, "failure")])
def test_completion__timed_from_what_could_be_known(seen_after_s: float, outcome: str) -> None:
    """The ten seconds run from the first moment at which the system could know: here, the webhook's delivery."""
    told = GatewayOrders({"O1": replace(ORDER, created_at=NOW)}, {"O1": [replace(EVENT, first_sent_at=NOW)]})
    ended = _outcome(
        Sides(told=told, schedule="3600x1"), "payment.completion", order="O1", visible_at=NOW + seen_after_s
    )

    assert ended is not None
    assert ended["outcome"] == outcome


def test_next_question__of_the_schedule() -> None:
    """The reconciler's next question is the first of its schedule after the money was taken."""
    order = replace(ORDER, created_at=100.0, completed_at=124.0)

    assert intervals("22x1,3x2") == (22.0, 3.0, 3.0)
    assert next_question(order, "22x1,3x10") == 125.0


def test_warm_up__no_trials_but_leaks() -> None:
    """While the system is driven to its limit, nothing is a trial but a leak, which no load excuses."""
    judge, trials, records = _judge(Sides())
    stand = ClaimLog("customer-1", lambda record: judge.claimed(Claim(**record)), warming_up=True)
    stand.end(stand.open("auth.login"), "wrong", "too slow")
    judge.answered(ANSWER | {"foreign": "canary0", "warm_up": True})

    assert (trials.closed, dict(trials.counts["tenant.isolation"])) == (1, {"failure": 1})
    assert records[0]["why"] == "client: save step answered with canary0, another tenant's canary"
    assert records[0]["request_ids"] == ["r1"]


def _webhooks(sides: Sides, event: WebhookEvent) -> list[Mapping[str, Any]]:
    judge, _, records = _judge(replace(sides, told=GatewayOrders({"O1": ORDER}, {"O1": [event]})))
    judge.bought("O1", "customer-1")
    _claim(judge, "auth.registration", "right", email=EMAIL)
    judge.settle()
    judge.settle()
    return [record for record in records if record["metric"] == "payment.webhook"]


def test_webhook__each_event_once() -> None:
    """A delivered event is one trial, however often the gateway are read."""
    assert [record["outcome"] for record in _webhooks(Sides(), EVENT)] == ["success"]


@pytest.mark.parametrize(
    ("event", "outcomes"),
    [
        (replace(EVENT, first_sent_at=None, acknowledged_at=None), []),
        (replace(EVENT, acknowledged_at=None), []),
        (replace(EVENT, acknowledged_at=None, given_up=True), ["failure"]),
        (replace(EVENT, name="checkout.order.failed", acknowledged_at=NOW + 3600), []),
        (replace(EVENT, name="checkout.order.failed", acknowledged_at=NOW - 60), ["failure"]),
    ],
    ids=["lost", "under way", "never acknowledged", "no effect yet", "no effect"],
)
def test_webhook__judged_when_over(event: WebhookEvent, outcomes: list[str]) -> None:
    """A lost event is no trial; one under way waits; one without acknowledgement or effect fails."""
    assert [record["outcome"] for record in _webhooks(Sides(), event)] == outcomes


def test_manifest__answers_found_verbatim_or_shortened() -> None:
    """An answer is there when a manifest holds it word for word, or cut short with an ellipsis."""
    given = {1: {"company_name": "Lantern Foods", "values": ["care", "craft"]}, 12: {"position": {"x": 3}}}

    assert missing(given, {"company": {"name": "Lantern Foods"}, "brand": ["care", "craft"], "at": [3]}) == []
    assert missing(given, {"company": "Lantern F…", "brand": ["care"], "at": [3]}) == ["craft"]


class Gone:
    """A witness whose side does not answer."""

    def whole(self) -> None:
        raise TimeoutError("timed out")


def test_a_side_that_went_away__named() -> None:
    """Whoever stops answering in the middle of a run is named: "timed out" alone would not say who."""
    witnesses = Witnesses(None, Gone(), None, None, "22x1")  # type: ignore[arg-type]

    with pytest.raises(ServiceFailed, match="the gateway's ledger went away: timed out"):
        witnesses.gateway_orders()


def test_manifest__a_lone_ellipsis_shortens_nothing() -> None:
    """Everything begins with nothing: a bare ellipsis stands for no answer."""
    given = {1: {"company_name": "Lantern Foods"}}

    assert missing(given, {"company": "…"}) == ["Lantern Foods"]
    assert missing(given, {"company": "La…"}) == ["Lantern Foods"]


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"note": "an optional answer"}, "success"),
        ({"values": ["care"]}, "failure"),
        ({"personality": True}, "failure"),
    ],
)
def test_context__compared_leaf_by_leaf_with_what_is_stored(change: dict[str, Any], outcome: str) -> None:
    """The database's word has a comparison of its own: more is right, a shorter list or another type is not."""
    kept = {str(step): dict(data) for step, data in answers("m", "m").items()}
    kept["2"] |= change
    ended = _outcome(Sides(replace(ROWS, answers=kept)), "context.storage", canary="m")

    assert ended is not None
    assert ended["outcome"] == outcome
