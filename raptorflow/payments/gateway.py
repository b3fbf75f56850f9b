"""PhonePe through its official SDK, which blocks: every call runs in threads of its own, within a time-out."""

from __future__ import annotations

import asyncio
import json
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from raptorflow.settings import Settings

Answer = TypeVar("Answer")
_UNKNOWN_ORDER = frozenset(
    {
        "INVALID_MERCHANT_ORDER_ID",
        "ORDER_NOT_FOUND",
        "MERCHANT_ORDER_MAPPING_NOT_FOUND",
        "MAPPING_NOT_FOUND",
        "REFUND_NOT_FOUND",
        "INVALID_MERCHANT_REFUND_ID",
    }
)
_ALREADY_USED = frozenset(
    {"INVALID_TRANSACTION_ID", "DUPLICATE_TXN_REQUEST", "ORDER_ALREADY_EXISTS", "REFUND_ID_DUPLICATED"}
)
_TRANSIENT = frozenset({401, 403, 408, 425, 429})
LONGEST_HEALTH = 64 * 1024


class GatewayUnavailable(Exception):
    """No usable answer: a time-out, a 5xx, a refused connection, a throttled call. The order's fate is unknown."""


class GatewayRefused(Exception):
    """The gateway understood and said no; nothing was made there. The argument is its code."""


class OrderUnknown(Exception):
    """The gateway has no such order or refund."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An order that the payer can now pay, at `redirect_url`."""

    order_id: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class Status:
    """What the gateway says of an order or a refund; amounts in paise, None where the answer does not say."""

    state: str
    amount: int | None
    merchant_order_id: str | None
    order_id: str | None = None
    currency: str | None = None
    error_code: str | None = None
    detailed_error_code: str | None = None
    expires_at: datetime | None = None

    @classmethod
    def from_dict(cls, answer: Any) -> Self:
        """Read the wire's JSON with none of the SDK's closed enumerations: new instruments must not hide a payment."""
        order = answer.get("merchantOrderId") or answer.get("originalMerchantOrderId")
        return cls(
            state=str(answer.get("state", "")).upper(),
            amount=answer.get("amount"),
            merchant_order_id=order,
            order_id=answer.get("orderId"),
            currency=answer.get("currency"),
            error_code=answer.get("errorCode"),
            detailed_error_code=answer.get("detailedErrorCode"),
            expires_at=datetime.fromtimestamp(answer["expireAt"] / 1000, UTC) if answer.get("expireAt") else None,
        )


class Gateway:
    """One SDK client, built at the first call in a thread, so that a gateway that is down does not stop the start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(settings.phonepe_threads, thread_name_prefix="phonepe")
        self._probes = ThreadPoolExecutor(2, thread_name_prefix="phonepe-health")
        self._building = threading.Lock()
        self._built: Any = None

    def warm(self) -> None:
        """Begin to build the client in the background; a failure is met again, and told, by the first call."""
        self._threads.submit(self._client)

    def close(self) -> None:
        """End the client's background threads and our own."""
        for threads in (self._threads, self._probes):
            threads.shutdown(wait=False, cancel_futures=True)
        if self._built is not None:
            self._built.close()

    async def ping(self) -> None:
        """Raise unless the gateway itself answers: with a JSON object, and no server error."""
        await asyncio.get_running_loop().run_in_executor(self._probes, self._reach)

    async def pay(self, merchant_order_id: str, amount: int, redirect_url: str, expires_seconds: int) -> Offer:
        """Place an order. Raises `GatewayUnavailable` (its fate is unknown) or `GatewayRefused`."""

        def pay(client: Any) -> Offer:
            from phonepe.sdk.pg.payments.v2.models.request.standard_checkout_pay_request import (
                StandardCheckoutPayRequest,
            )

            wish = StandardCheckoutPayRequest.build_request(
                merchant_order_id=merchant_order_id,
                amount=amount,
                redirect_url=redirect_url,
                expire_after=expires_seconds,
            )
            answer = client.pay(wish)
            if not answer.redirect_url:
                raise GatewayUnavailable("the answer names no page to pay on")
            return Offer(answer.order_id, answer.redirect_url)

        return await self._call(lambda: pay(self._client()))

    async def order_status(self, merchant_order_id: str) -> Status:
        """The truth about an order. Raises `OrderUnknown` or `GatewayUnavailable`."""
        return await self._call(lambda: self._ask("ORDER_STATUS_API", merchant_order_id=merchant_order_id))

    async def refund(self, merchant_refund_id: str, merchant_order_id: str, amount: int) -> None:
        """Ask for money to go back; asking twice is asking once. Raises `GatewayUnavailable` or `GatewayRefused`."""

        def refund(client: Any) -> None:
            from phonepe.sdk.pg.common.models.request.refund_request import RefundRequest

            wish = RefundRequest.build_refund_request(
                merchant_refund_id=merchant_refund_id, amount=amount, original_merchant_order_id=merchant_order_id
            )
            client.refund(wish)

        await self._call(lambda: refund(self._client()))

    async def refund_status(self, merchant_refund_id: str) -> Status:
        """The truth about a refund. Raises `OrderUnknown` or `GatewayUnavailable`."""
        return await self._call(lambda: self._ask("REFUND_STATUS_API", merchant_refund_id=merchant_refund_id))

    def _ask(self, path: str, **name: str) -> Status:
        """The SDK's own request, token and errors, but `Status` reads the answer: the SDK's refuses new instruments."""
        from phonepe.sdk.pg.common.http_client_modules.http_method_type import HttpMethodType
        from phonepe.sdk.pg.payments.v2.standard_checkout import standard_checkout_constants as paths

        status: Status = self._client()._request_with_token_invalidation(
            method=HttpMethodType.GET, url=getattr(paths, path).format(**name), response_obj=Status
        )
        return status

    async def _call(self, work: Callable[[], Answer]) -> Answer:
        limit = self._settings.phonepe_timeout_seconds
        running = asyncio.get_running_loop().run_in_executor(self._threads, _translated, work)
        try:
            return await asyncio.wait_for(running, limit)
        except TimeoutError:
            raise GatewayUnavailable("no answer in time") from None

    def _client(self) -> Any:
        with self._building:
            if self._built is None:
                self._built = self._build()
            return self._built

    def _build(self) -> Any:
        from phonepe.sdk.pg import env
        from phonepe.sdk.pg.common.configs.http_client_config import HttpClientConfig
        from phonepe.sdk.pg.payments.v2.standard_checkout_client import StandardCheckoutClient

        # PhonePe's token answers leave `expires_in` null, and say in `expires_at` when; the SDK warns of each.
        warnings.filterwarnings("ignore", "`NoneType` object value of non-optional type expires_in", RuntimeWarning)
        settings = self._settings
        base = settings.phonepe_base_url.rstrip("/")
        env.SANDBOX_PG_BASE_URL = env.SANDBOX_OAUTH_BASE_URL = base
        return StandardCheckoutClient.get_instance(
            client_id=settings.phonepe_client_id,
            client_secret=settings.phonepe_client_secret.get_secret_value(),
            client_version=settings.phonepe_client_version,
            env=env.Env.SANDBOX,
            should_publish_events=False,
            http_client_config=HttpClientConfig(
                pool_size=settings.phonepe_threads,
                connect_timeout_seconds=3,
                read_timeout_seconds=settings.phonepe_timeout_seconds,
            ),
        )

    def _reach(self) -> None:
        base = urlsplit(self._settings.phonepe_base_url)
        kind = HTTPSConnection if base.scheme == "https" else HTTPConnection
        with closing(kind(base.netloc, timeout=1.5)) as connection:
            connection.request("GET", f"{base.path.rstrip('/')}/v3/health")
            answer = connection.getresponse()
            said = answer.read(LONGEST_HEALTH)
        if answer.status >= 500 or not isinstance(json.loads(said), dict):
            raise GatewayUnavailable(f"status {answer.status}")


def _translated(work: Callable[[], Answer]) -> Answer:
    """Run `work`, turning what the SDK raises into the three things that can be true.

    A 401 means that nothing happened, and that the SDK has fetched a new token meanwhile: then once more.
    """
    from phonepe.sdk.pg.common.exceptions import ClientError, PhonePeException, UnauthorizedAccess

    try:
        try:
            return work()
        except UnauthorizedAccess:
            return work()
    except (GatewayUnavailable, GatewayRefused, OrderUnknown):
        raise
    except ClientError as error:
        raise _refusal(error) from error
    except PhonePeException as error:
        raise GatewayUnavailable(f"status {error.http_status_code}") from error
    except Exception as error:
        raise GatewayUnavailable(type(error).__name__) from error


def _refusal(error: Any) -> Exception:
    code = str(error.code or error.http_status_code)
    if code in _UNKNOWN_ORDER or (error.http_status_code == 404 and code == "404"):
        return OrderUnknown(code)
    if code in _ALREADY_USED or error.http_status_code in _TRANSIENT or code in ("INVALID_CLIENT", "OIM000"):
        return GatewayUnavailable(code)
    return GatewayRefused(code)
