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
from load.reconciliation.gateway_orders import GatewayOrders, Order, WebhookEvent, intervals, next_question, read
from load.trials.checks import missing
from load.trials.claims import Claim, Look, Ordered, Phase, Span
from load.trials.trials import TrialLog
from stack.errors import ServiceFailedError
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
ORDER = Order("O1", "COMPLETED", 700000, NOW - 5, NOW - 4, NOW - 4, NOW - 4)
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


SIGNED_UP: dict[str, Any] = {"number": ROWS.identification_number, "workspace": ROWS.workspace_id}


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
    ended = _outcome(Sides(), "auth.registration", **SIGNED_UP)

    assert ended is not None
    assert (ended["outcome"], ended["request_ids"]) == ("success", ["r1"])


@pytest.mark.parametrize(
    ("metric", "rows", "facts", "why"),
    [
        ("auth.registration", replace(ROWS, profiles=0), SIGNED_UP, "0 profiles"),
        ("auth.registration", ROWS, SIGNED_UP | {"number": "U7"}, "the sign-up's answer said U7"),
        ("auth.registration", ROWS, SIGNED_UP | {"workspace": "w2"}, "the sign-up's answer said w2"),
        ("auth.registration", None, {}, "knows no user"),
        ("auth.profile", replace(ROWS, identification_number="U7"), {"number": "U100000"}, "the number is U7"),
        ("payment.initiation", replace(ROWS, payments=[]), {"order": "O1", "price": 700000}, "amounts"),
        ("payment.completion", replace(ROWS, subscriptions=[]), {"order": "O1", "visible_at": 0.0}, "subscriptions"),
        ("onboarding.start", replace(ROWS, sessions=[]), {"session": "s1"}, "s1 was opened"),
        ("onboarding.start", ROWS, {"session": "s2"}, "s2 was opened"),
        ("onboarding.completion", replace(ROWS, sessions=[("s1", "open")]), {"canary": "m"}, "sessions"),
        ("onboarding.completion", ROWS, {"canary": "m"}, "the answers of steps"),
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


ANSWER = {"name": "save step", "user": "customer-1", "request_id": "r1", "foreign": None, "own": True}


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

    judge.answered(ANSWER | {"own": False})

    assert dict(trials.counts["tenant.isolation"]) == {"failure": 1, "success": 1}, "no canary could have shown"


@pytest.mark.parametrize(
    ("cpu", "lag_s", "outcome"), [(0.2, 0.0, "failure"), (0.9, 0.0, "unknown"), (0.2, 0.3, "unknown")]
)
def test_late__unknown_while_the_generator_is_slow(cpu: float, lag_s: float, outcome: str) -> None:
    """A late answer counts against the system only while the generator itself kept up."""
    judge, _, records = _judge(Sides())
    judge.saturation.add(0, Window(time.monotonic() - 1, time.monotonic() + 1, cpu, lag_s))
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


MADE, PAID, BEFORE = Span(-5.0, -4.999), Span(-4.0, -3.999), Span(-4.2, -4.1)
ORDERED = Ordered("O1", "customer-1", 0, MADE, PAID, stays_away=False, looked_before=BEFORE, look=None)
"""What the customer did at a generator whose clock reads 0 when the gateway's says NOW."""


def _completion(sides: Sides, phase: Phase = "right", ordered: Ordered = ORDERED, **facts: Any) -> Mapping[str, Any]:
    """How a completion ends whose order the customer made; times are the generator's."""
    judge, _, records = _judge(sides)
    judge.bought(ordered)
    _claim(judge, "payment.completion", phase, email=EMAIL, order="O1", **facts)
    judge.settle()
    [record] = [record for record in records if record["metric"] == "payment.completion"]
    return record


SENT_NOW = GatewayOrders({"O1": ORDER}, {"O1": [replace(EVENT, first_sent_at=NOW)]})


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"visible_at": 9.9}, "success"),
        ({"visible_at": 10.9, "unseen_at": 10.8}, "failure"),
        ({"visible_at": 10.9}, "unknown"),
        ({"visible_at": 10.9, "unseen_at": 9.0}, "unknown"),
    ],
    ids=["in time", "seen to be late", "nobody looked before", "nobody looked in between"],
)
def test_completion__timed_from_what_could_be_known(facts: dict[str, Any], outcome: str) -> None:
    """The ten seconds run from the first moment at which the system could know: here, the webhook's delivery."""
    assert _completion(Sides(told=SENT_NOW, schedule="3600x1"), **facts)["outcome"] == outcome


@pytest.mark.parametrize(("gave_up_at", "outcome"), [(10.5, "failure"), (9.0, "unknown")])
def test_completion__in_vain(gave_up_at: float, outcome: str) -> None:
    """A payment that is never shown failed, if the customer looked for as long as the system may take."""
    sides = Sides(told=SENT_NOW, schedule="3600x1")

    assert _completion(sides, "late", unseen_at=gave_up_at)["outcome"] == outcome


@pytest.mark.parametrize(
    ("redirect_at", "outcome"), [(0.0, "failure"), (-4.5, "success")], ids=["after the money", "before the money"]
)
def test_completion__a_redirect_before_the_money_tells_nothing(redirect_at: float, outcome: str) -> None:
    """A payer who is sent back while the payment is pending does not start the ten seconds."""
    nothing_sent = GatewayOrders({"O1": ORDER}, {})
    facts: dict[str, Any] = {"redirect_at": redirect_at, "ending": "pending", "visible_at": 10.6, "unseen_at": 10.5}
    sides = Sides(told=nothing_sent, schedule="15x1")

    assert _completion(sides, **facts)["outcome"] == outcome


@pytest.mark.parametrize("behind_s", [-15.0, 15.0, 1e6])
def test_completion__whatever_the_workers_clock_says(behind_s: float) -> None:
    """A worker whose clock is off changes no verdict: it is measured by what the gateway wrote down meanwhile."""
    made, paid = (Span(each.sent - behind_s, each.received - behind_s) for each in (ORDERED.made, Span(-4.0, -3.999)))
    ordered = replace(ORDERED, made=made, paid=paid)
    sides = Sides(told=SENT_NOW, schedule="3600x1")

    assert _completion(sides, ordered=ordered, visible_at=9.9 - behind_s)["outcome"] == "success"
    late: dict[str, Any] = {"visible_at": 10.9 - behind_s, "unseen_at": 10.8 - behind_s}
    assert _completion(sides, ordered=ordered, **late)["outcome"] == "failure"


def test_completion__unknown_where_no_clock_is_known() -> None:
    """Where nothing bounds the worker's clock, a time says nothing about the system."""
    judge, _, records = _judge(Sides(told=SENT_NOW, schedule="3600x1"))
    _claim(judge, "payment.completion", "right", email=EMAIL, order="O1", visible_at=1.0)
    judge.settle()

    assert [record["outcome"] for record in records] == ["unknown"]


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


FIRST, AGAIN = Look(-2.0, -1.99, "completed"), Look(4.0, 4.01, "completed")
"""What a payer saw who stayed away for two seconds after it had paid, or for eight."""
KNOWN = replace(ORDER, asked_at=(NOW - 4.5, NOW - 3.9))
"""The system asked before the payment's end, and again as soon as the webhook came."""


def _webhooks(
    sides: Sides, event: WebhookEvent = EVENT, order: Order = KNOWN, look: Look | None = FIRST, *, away: bool = True
) -> list[tuple[str, str]]:
    """How the trials of an order's event ended, and why, if the payer stayed away and saw that."""
    judge, _, records = _judge(replace(sides, told=GatewayOrders({"O1": order}, {"O1": [event]})))
    judge.bought(replace(ORDERED, stays_away=away, look=look))
    _claim(judge, "auth.registration", "right", email=EMAIL, **SIGNED_UP)
    judge.settle()
    judge.settle()
    return [(each["outcome"], each.get("why", "")) for each in records if each["metric"] == "payment.webhook"]


PATIENT = Sides(schedule="22x1,1x9")


@pytest.mark.parametrize("look", [FIRST, AGAIN])
def test_webhook__a_success_by_itself(look: Look) -> None:
    """The payment is what the event says before anybody looks or asks: one trial, however often the ledger is read."""
    assert _webhooks(PATIENT, look=look) == [("success", "")]
    assert _webhooks(PATIENT, look=look, order=replace(ORDER, asked_at=())) == [("success", "")], "or it believes it"
    slow = replace(ORDER, asked_at=(look.sent + NOW + 0.005,))
    assert _webhooks(PATIENT, look=look, order=slow) == [("success", "")], "or it is slow, and never asks for a look"


@pytest.mark.parametrize(
    ("order", "look", "why"),
    [
        (KNOWN, AGAIN._replace(state="pending"), "client: after checkout.order.completed the payment was pending"),
        (replace(ORDER, asked_at=(NOW - 4.15, NOW - 1.995)), FIRST, "ledger: the system asked about"),
    ],
    ids=["nothing came of it", "it asked when the payer looked"],
)
def test_webhook__no_success_by_anothers_doing(order: Order, look: Look, why: str) -> None:
    """What the payer's return, its look or the reconciler brings about is not the webhook's doing."""
    [(outcome, said)] = _webhooks(PATIENT, order=order, look=look)

    assert outcome == "failure"
    assert said.startswith(why)


@pytest.mark.parametrize(
    ("sides", "look", "away"),
    [(PATIENT, FIRST, False), (PATIENT, None, True), (Sides(schedule="2.5x1"), FIRST, True)],
    ids=["came back at once", "never looked", "the reconciler asked meanwhile"],
)
def test_webhook__no_trial_where_others_act_too(sides: Sides, look: Look | None, away: bool) -> None:
    """Where redirect or reconciler were not held back, nobody can say whose doing it was."""
    assert _webhooks(sides, look=look, away=away) == []


@pytest.mark.parametrize(
    ("event", "outcomes"),
    [
        (replace(EVENT, first_sent_at=None, acknowledged_at=None), []),
        (replace(EVENT, acknowledged_at=None), []),
        (replace(EVENT, acknowledged_at=None, given_up=True), ["failure"]),
        (replace(EVENT, name="checkout.order.failed"), ["failure"]),
    ],
    ids=["lost", "under way", "never acknowledged", "no effect"],
)
def test_webhook__judged_when_over(event: WebhookEvent, outcomes: list[str]) -> None:
    """A lost event is no trial; one under way waits; one without acknowledgement or effect fails."""
    assert [outcome for outcome, _ in _webhooks(PATIENT, event)] == outcomes


def test_webhook__effect_once() -> None:
    """Two subscriptions for one payment are no effect that is there once."""
    [(outcome, why)] = _webhooks(replace(PATIENT, rows=replace(ROWS, subscriptions=[*ROWS.subscriptions] * 2)))

    assert (outcome, why.partition(":")[0]) == ("failure", "database")


def test_gateway_orders__who_asked_and_when() -> None:
    """The ledger's requests tell when an order's status was asked for and told, by either version of the API."""
    at = "2026-01-01T00:00:0{}.000Z"
    order = {"merchant_order_id": "O1", "state": "COMPLETED", "amount": 1, "created_at": at.format(0)}
    steps = [
        {"from": None, "to": "PENDING", "at": at.format(0)},
        {"from": "PENDING", "to": "COMPLETED", "at": at.format(2)},
    ]
    paths = ["/checkout/v2/order/O1/status", "/checkout/v2/order/O2/status", "/pg/v1/status/M/O1", "/checkout/v2/pay"]
    asked = [
        {"method": "GET", "path": path, "status": 200, "at": at.format(number + 1)} for number, path in enumerate(paths)
    ]
    refused = {"method": "GET", "path": paths[0], "status": 500, "at": at.format(2)}
    shown = order | {"transitions": steps, "attempts": [{"at": at.format(1)}]}
    found = read({"orders": [shown], "deliveries": [], "requests": [*asked, refused]}).orders["O1"]
    began = found.created_at

    assert [each - began for each in found.asked_at] == [1, 3]
    assert (found.paid_at, found.ended_at, found.told_at) == (began + 1, began + 2, began + 3)


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

    with pytest.raises(ServiceFailedError, match="the gateway's ledger went away: timed out"):
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
