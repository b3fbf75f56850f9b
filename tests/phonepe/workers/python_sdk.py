"""Runs inside an environment of the official Python SDK: takes calls as JSON lines, gives back what the SDK does.

python python_sdk.py GATEWAY_URL; a line is a list of calls {kind, account, method, builder?, arguments}, which are made
at the same time. With "-" for the URL the SDK keeps PhonePe's own addresses.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import Any

from phonepe.sdk.pg import env as addresses
from phonepe.sdk.pg.common.events.publisher import queued_event_publisher
from phonepe.sdk.pg.common.models.request.meta_info import MetaInfo
from phonepe.sdk.pg.common.models.request.pg_payment_request import PgPaymentRequest
from phonepe.sdk.pg.common.models.request.refund_request import RefundRequest
from phonepe.sdk.pg.payments.v2.custom_checkout_client import CustomCheckoutClient
from phonepe.sdk.pg.payments.v2.models.request.create_sdk_order_request import CreateSdkOrderRequest
from phonepe.sdk.pg.payments.v2.models.request.standard_checkout_pay_request import StandardCheckoutPayRequest
from phonepe.sdk.pg.payments.v2.standard_checkout_client import StandardCheckoutClient
from phonepe.sdk.pg.subscription.v2.models.request.amount_type import AmountType
from phonepe.sdk.pg.subscription.v2.models.request.auth_workflow_type import AuthWorkflowType
from phonepe.sdk.pg.subscription.v2.models.request.frequency import Frequency
from phonepe.sdk.pg.subscription.v2.models.request.redemption_retry_strategy import RedemptionRetryStrategy
from phonepe.sdk.pg.subscription.v2.subscription_client import SubscriptionClient

try:
    from phonepe.sdk.pg.common.configs.http_client_config import HttpClientConfig
except ImportError:  # versions before 3 have constants in its place
    from phonepe.sdk.pg.common.http_client_modules.base_http_command import BaseHttpCommand

    HttpClientConfig = None

READ_TIMEOUT_S = 10.0
EVENTS_AFTER_S = 0.05

CLIENTS = {"standard": StandardCheckoutClient, "custom": CustomCheckoutClient, "subscription": SubscriptionClient}
BUILDERS = {
    "pay": StandardCheckoutPayRequest.build_request,
    "refund": RefundRequest.build_refund_request,
    "standard_order": CreateSdkOrderRequest.build_standard_checkout_request,
    "custom_order": CreateSdkOrderRequest.build_custom_checkout_request,
    "intent": PgPaymentRequest.build_upi_intent_pay_request,
    "collect": PgPaymentRequest.build_upi_collect_pay_via_vpa_request,
    "collect_phone": PgPaymentRequest.build_upi_collect_pay_via_phone_number_request,
    "qr": PgPaymentRequest.build_upi_qr_pay_request,
    "net_banking": PgPaymentRequest.build_net_banking_pay_request,
    "card": PgPaymentRequest.build_card_pay_request,
    "token": PgPaymentRequest.build_token_pay_request,
    "setup_intent": PgPaymentRequest.build_subscription_setup_upi_intent,
    "setup_collect": PgPaymentRequest.build_subscription_setup_upi_collect,
    "notify": PgPaymentRequest.build_subscription_notify_request,
}
ENUMS = {
    "auth_workflow_type": AuthWorkflowType,
    "amount_type": AmountType,
    "frequency": Frequency,
    "redemption_retry_strategy": RedemptionRetryStrategy,
}


def point_at(gateway_url: str) -> None:
    """Send the SDK, in both of its environments, to the gateway; its events, which it gathers, go there soon."""
    queued_event_publisher.SEND_EVENTS_INTERVAL = EVENTS_AFTER_S
    for name in [name for name in vars(addresses) if name.endswith("_BASE_URL")]:
        setattr(addresses, name, gateway_url)


class Clients:
    """The SDK's clients of one merchant at a time: those of the one before are closed, where they can be."""

    def __init__(self) -> None:
        self._account: dict[str, Any] = {}
        self._open: set[Any] = set()

    def of(self, call: dict[str, Any]) -> Any:
        """The client that a call needs."""
        if call["account"] != self._account:
            for client in self._open:
                getattr(client, "close", lambda: None)()
            self._open.clear()
            self._account = call["account"]
        credentials = {name: self._account[name] for name in ("client_id", "client_secret", "client_version")}
        env = addresses.Env(call.get("env", "SANDBOX"))
        client = CLIENTS[call["kind"]].get_instance(**credentials, env=env, **http_settings(call))
        self._open.add(client)
        return client


clients = Clients()


def answer(call: dict[str, Any]) -> dict[str, Any]:
    """Make one call: {result} or {error, status, code, message, data}."""
    try:
        client = clients.of(call)
        arguments = {name: typed(name, value) for name, value in call["arguments"].items()}
        if "builder" in call:
            result = getattr(client, call["method"])(BUILDERS[call["builder"]](**arguments))
        else:
            result = getattr(client, call["method"])(**arguments)
    except Exception as error:
        told = {name: getattr(error, name, None) for name in ("code", "message", "data")}
        return {"error": type(error).__name__, "status": getattr(error, "http_status_code", None)} | told
    return {"result": plain(result)}


def http_settings(call: dict[str, Any]) -> dict[str, Any]:
    """The settings of the SDK's HTTP client; versions before 3 take none, and their waits are cut short here."""
    seconds = call.get("read_timeout", READ_TIMEOUT_S)
    if HttpClientConfig is not None:
        return {"http_client_config": HttpClientConfig(read_timeout_seconds=seconds)}
    BaseHttpCommand.TIMEOUT = seconds
    BaseHttpCommand.BASE_RETRY_DELAY_SECONDS = 0
    return {}


def typed(name: str, value: Any) -> Any:
    """An argument as the SDK's builders want it."""
    if name in ENUMS:
        return ENUMS[name](value)
    return MetaInfo(**value) if name == "meta_info" else value


def plain(value: Any) -> Any:
    """A response object as JSON."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return [plain(each) for each in value] if isinstance(value, list) else value


def main() -> None:
    """Answer until there are no more lines."""
    logging.disable()
    if sys.argv[1] != "-":
        point_at(sys.argv[1])
    with ThreadPoolExecutor(32) as threads:
        for line in sys.stdin:
            first, *others = json.loads(line)
            told = [answer(first)] if not others else list(threads.map(answer, [first, *others]))
            print(json.dumps(told, default=str), flush=True)


if __name__ == "__main__":
    main()
