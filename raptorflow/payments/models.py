"""The bodies of `payments`. Money is integer paise."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from raptorflow.models import Input, Output

BillingCycle = Literal["monthly", "annual"]
PlanName = Literal["ascent", "glide", "soar"]
State = Literal["created", "pending", "completed", "failed", "expired", "refunded", "partially_refunded"]
TERMINAL: frozenset[str] = frozenset({"completed", "failed", "expired", "refunded", "partially_refunded"})


class Plan(Output):
    """What is on sale; amounts in paise."""

    id: str
    name: str
    monthly: int
    annual: int
    currency: Literal["INR"] = "INR"


class Plans(Output):
    """Everything on sale."""

    plans: list[Plan]


class NewPayment(Input):
    """What to buy. The amount comes from the plan."""

    plan: PlanName
    billing_cycle: BillingCycle


class Failure(Output):
    """Why a payment failed: a stable code, and a sentence for the customer."""

    code: str
    message: str


class Payment(Output):
    """A payment; `version` grows with each change of its state."""

    id: UUID
    merchant_order_id: str
    plan: str
    billing_cycle: BillingCycle
    amount: int
    currency: Literal["INR"]
    state: State
    version: int
    failure: Failure | None
    expires_at: datetime
    created_at: datetime


class PaymentOffer(Output):
    """A payment, and where the payer goes: null once that is settled, or while the order's fate is unknown."""

    payment: Payment
    redirect_url: str | None


class Payments(Output):
    """The workspace's last hundred payments, newest first."""

    payments: list[Payment]


class Subscription(Output):
    """What gives access: one paid period."""

    id: UUID
    payment_id: UUID
    plan: str
    billing_cycle: BillingCycle
    status: Literal["active", "cancelled", "past_due", "scheduled", "expired", "refunded", "replaced"]
    period_start: datetime
    period_end: datetime
    paid_until: datetime | None = Field(
        description="The end of the last period that is paid for, appended ones included"
    )
    cancelled_at: datetime | None
    created_at: datetime


class Standing(Output):
    """The workspace's subscription, if it ever had one, and whether it must pay to go on."""

    subscription: Subscription | None
    needs_payment: bool


class NewRefund(Input):
    """How much goes back, in paise; without an amount, all that is left."""

    amount: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None


class Refund(Output):
    """Money on its way back."""

    id: UUID
    payment_id: UUID
    merchant_refund_id: str
    amount: int
    state: Literal["pending", "completed", "failed"]
    created_at: datetime


class Acknowledged(Output):
    """What the gateway is told once its event is stored."""

    status: Literal["accepted"] = "accepted"
