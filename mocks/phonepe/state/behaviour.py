"""How the gateway treats one merchant: one validated document of settings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    PositiveInt,
    StringConstraints,
    model_validator,
)

from ..wire.errors import CATALOGUE
from .route_names import ROUTE_NAMES


def _one_of(names: Collection[str], what: str) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"is no {what}; there are {', '.join(sorted(names))}")
        return name

    return AfterValidator(check)


Seconds = Annotated[float, Field(ge=0, le=1e9)]
RouteName = Annotated[str, _one_of(ROUTE_NAMES | {"*"}, "route")]
CaseName = Annotated[str, _one_of(CATALOGUE, "case of the error catalogue")]


class Settings(BaseModel):
    """A validated document that knows all of its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Failure(Settings):
    """Every payment fails with this code."""

    failure: str
    detailed: str | None = None


WebhookMode = Literal[
    "normal",
    "lost",
    "late",
    "duplicate",
    "concurrent",
    "reordered",
    "before_response",
    "before_redirect",
]
Signature = Literal["good", "wrong", "missing", "uppercase", "basic", "prefixed"]


class WebhookBehaviour(Settings):
    """How webhooks go out. Delays and retries are seconds of the merchant's clock, the time-out is real."""

    mode: WebhookMode = "normal"
    delay_s: Seconds = 0.0
    copies: Annotated[int, Field(ge=1, le=100)] = 2
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    retries: list[Seconds] = [60.0, 120.0, 300.0]
    signature: Signature = "good"
    tamper: dict[str, Any] = {}
    include_type: bool = True


class LatencyRange(Settings):
    """Real seconds, drawn evenly from a range."""

    min_s: Seconds
    max_s: Seconds

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_s < self.min_s:
            raise ValueError("max_s must be at least min_s")
        return self


class LatencyTail(Settings):
    """Real seconds with the long tail that networks have: log-normal, by the median and the 99th percentile."""

    median_s: Annotated[float, Field(gt=0, le=1e9)]
    p99_s: Annotated[float, Field(gt=0, le=1e9)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.p99_s < self.median_s:
            raise ValueError("p99_s must be at least median_s")
        return self


class Fault(Settings):
    """What goes wrong with a request; of all that fit, the first one with `count` left is taken."""

    route: RouteName = "*"
    when: Literal["before", "after"] = "before"
    status: Annotated[int, Field(ge=100, le=599)] | None = None
    body: Any = None
    content_type: str | None = None
    latency_s: Seconds | LatencyRange | LatencyTail = 0.0
    tamper: dict[str, Any] = {}
    hang_up: Literal["reset", "mid_response"] | None = None
    revoke_token: bool = False
    count: PositiveInt | None = None
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    matching: dict[str, Any] = {}


class RateLimit(Settings):
    """At most so many requests of a route, or of all of the wire, in a span of the merchant's clock."""

    route: RouteName = "*"
    requests: PositiveInt
    per_s: Annotated[float, Field(gt=0)] = 1.0


class RefundBehaviour(Settings):
    """What becomes of a refund, and after how many seconds of the merchant's clock."""

    outcome: Literal["success", "pending"] | Failure = "success"
    confirm_after_s: Seconds = 0.0
    complete_after_s: Seconds = 0.0


class ErrorOverride(Settings):
    """Another status, code, errorCode or message for one case of the error catalogue."""

    status: Annotated[int, Field(ge=400, le=599)] | None = None
    code: str | None = None
    error_code: str | None = None
    message: str | None = None


class Behaviour(Settings):
    """Everything that can be set about a merchant. What is left out has its default."""

    outcome: Literal["by_payer", "success", "pending", "cancel"] | Failure = "by_payer"
    payer_delay_s: Seconds = 0.0
    settle_pending_after_s: Seconds | None = None
    settle_pending_as: Literal["success"] | Failure = "success"
    expires: bool = True
    page_retries: Annotated[int, Field(ge=0, le=10)] = 0
    cancel: Literal["fails", "stays_pending"] = "fails"
    strict: bool = True
    token_lifetime_s: Annotated[float, Field(ge=1, le=1e9)] = 3600.0
    token_expires_in: bool = False
    referrer: Literal["required", "ignored"] | None = None
    webhook: WebhookBehaviour = WebhookBehaviour()
    refund: RefundBehaviour = RefundBehaviour()
    notification: Literal["success"] | Failure = "success"
    cancel_status: Literal[200, 204] = 204
    errors: dict[CaseName, ErrorOverride] = {}
    faults: list[Fault] = []
    rate_limit: RateLimit | None = None
    seed: int = 0


class Webhook(Settings):
    """Where a merchant wants its webhooks, and the credentials they are signed with."""

    url: HttpUrl
    username: Annotated[str, StringConstraints(min_length=1)]
    password: Annotated[str, StringConstraints(min_length=1)]


Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]


class NewMerchant(Settings):
    """What the admin API is told to make a merchant; everything has a default."""

    merchant_id: Identifier | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None
    client_id: Identifier | None = None
    client_secret: Annotated[str, StringConstraints(min_length=1)] | None = None
    client_version: Annotated[int, Field(ge=1)] = 1
    webhook: Webhook | None = None
    behaviour: Behaviour = Behaviour()
    salt_key: Annotated[str, StringConstraints(min_length=1)] | None = None
    salt_index: PositiveInt = 1


class MerchantChange(Settings):
    """What may be changed about a merchant; what is left out stays, `webhook: null` removes it."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None
    webhook: Webhook | None = None
    behaviour: Behaviour | None = None


class ClockSetting(Settings):
    """The merchant's time minus real time."""

    offset_s: Annotated[float, Field(ge=-1e9, le=1e9)]


class ClockStep(Settings):
    """How far to step the merchant's time on."""

    seconds: Annotated[float, Field(ge=0, le=1e9)]


Instrument = Literal["ACCOUNT", "CREDIT_CARD", "DEBIT_CARD", "NET_BANKING", "WALLET", "EGV", "CREDIT_LINE"]


Rail = Literal["UPI", "PG", "PPI_WALLET", "PPI_EGV"]


class PaidWith(Settings):
    """One of several instruments that a payment is split over, and how many paise of it."""

    instrument: Instrument
    rail: Rail | None = None
    amount: PositiveInt


class PayerAction(Settings):
    """What a payer without a page does: ends the open attempt, or makes one."""

    outcome: Literal["success", "pending"] | Failure = "success"
    mode: Literal[
        "UPI_COLLECT",
        "UPI_INTENT",
        "UPI_QR",
        "UPI_AUTO_PAY",
        "PPE_INTENT",
        "CARD",
        "TOKEN",
        "NET_BANKING",
        "CREDIT_LINE",
    ] = "UPI_INTENT"
    instrument: Instrument | None = None
    rail: Rail | None = None
    splits: list[PaidWith] = []


class ExtraWebhook(Settings):
    """A webhook that no transition caused: sent again, or forged. Without a payload it carries the order's status."""

    event: Annotated[str, StringConstraints(min_length=1)]
    merchant_order_id: Annotated[str, StringConstraints(min_length=1)]
    payload: dict[str, Any] | None = None
    settings: WebhookBehaviour = WebhookBehaviour()
