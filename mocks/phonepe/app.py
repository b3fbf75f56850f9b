"""The gateway as an ASGI application: finds merchant and route, applies faults, keeps the record."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from .admin.api import Admin
from .handlers import HANDLERS
from .page import views
from .routes import ROUTES, UNMAPPED, Route, without_prefix
from .state.behaviour import Fault
from .state.faults import altered, dictated
from .state.ledger import Exchange, Json
from .state.merchant import Merchant, Site
from .state.registry import Registry
from .v1 import api
from .v2 import oauth
from .webhooks.sender import Poster
from .wire.errors import CATALOGUE, ErrorCase, GatewayError
from .wire.messages import Answer, Request, reply
from .wire.routing import Router

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

AUTHENTICATION: Mapping[str, Callable[[Merchant, Request], None]] = {
    "bearer": oauth.authenticate,
    "v1": api.authenticate,
}
"""How a request proves whose it is, where naming its merchant does not do."""

HANG_UP = "mocks.phonepe.hang_up"
"""The name of the server's extension that drops a connection without a proper end."""


class Gateway:
    """All merchants, behind one door."""

    def __init__(self, base_url: str = "", ca: bytes | None = None) -> None:
        self.registry = Registry(Site(base_url, Poster(), ca))
        self._admin = Admin(self.registry)
        self._router = Router((route.method, route.template, route) for route in ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        if request.path.startswith("/_admin"):
            answer = await self._admin.answer(request)
            await _send(answer, send, request.method)
            return
        await self._on_the_wire(request, scope, send)

    async def _on_the_wire(self, request: Request, scope: Scope, send: Send) -> None:
        request.path = without_prefix(request.path)
        match = self._router.find(request.method, request.path)
        route = UNMAPPED if match is None else match.route
        request.params = {} if match is None else match.params
        merchant = self._merchant_of(route, request)
        if merchant is None:
            await _send(_anonymous(route, request), send, request.method)
            return
        began = time.perf_counter()
        exchange = Exchange(merchant.clock.now(), request.method, request.path, route.name, _recorded(route, request))
        merchant.ledger.exchanges.append(exchange)
        fault = merchant.faults.fitting(route.name, _known(request)) if merchant.faults else None
        if fault is None:
            answer = await _handle(merchant, route, request)
        else:
            answer = await _with_fault(fault, merchant, route, request, exchange)
        exchange.duration_ms = (time.perf_counter() - began) * 1000
        hang_up = fault.hang_up if fault is not None else None
        exchange.status = None if hang_up == "reset" else answer.status
        await _send(answer, send, request.method, scope if hang_up else None, half=hang_up == "mid_response")

    def _merchant_of(self, route: Route, request: Request) -> Merchant | None:
        match route.identity:
            case "client":
                return self.registry.by_client.get(request.form().get("client_id", ""))
            case "bearer":
                return self.registry.site.owners.get(oauth.bearer(request) or "")
            case "page":
                token = request.query("token") or ""
                merchant = self.registry.by_id.get(token.partition("~")[0])
                return merchant if merchant is not None and token in merchant.ledger.pages else None
            case "v1":
                return self.registry.by_id.get(api.merchant_id_of(request) or "")
            case "nobody":
                return None


async def _handle(merchant: Merchant, route: Route, request: Request) -> Answer:
    try:
        _check_rate(merchant, route)
        if (authenticate := AUTHENTICATION.get(route.identity)) is not None:
            authenticate(merchant, request)
        answer = HANDLERS[route.name](merchant, request)
    except GatewayError as error:
        return error_answer(error, merchant)
    mode = merchant.behaviour.webhook.mode
    if mode == "before_response" or (mode == "before_redirect" and route.identity == "page"):
        await merchant.postman.idle()
    return answer


async def _with_fault(fault: Fault, merchant: Merchant, route: Route, request: Request, exchange: Exchange) -> Answer:
    exchange.fault = fault.model_dump_json(exclude_defaults=True)
    if fault.revoke_token:
        merchant.revoke_tokens()
    instead = dictated(fault) or (None if fault.status is None else _error_body(CATALOGUE["server"], {}, fault.status))
    if fault.when == "before":
        await merchant.faults.wait(fault)
        if instead is not None or fault.hang_up == "reset":
            return instead or Answer(502)
    answer = await _handle(merchant, route, request)
    if fault.when == "after":
        await merchant.faults.wait(fault)
    return instead or altered(fault, answer)


def _check_rate(merchant: Merchant, route: Route) -> None:
    limit = merchant.behaviour.rate_limit
    if limit is None or route.identity == "page" or limit.route not in ("*", route.name):
        return
    now = merchant.clock.now()
    merchant.rate_window = [at for at in merchant.rate_window if now - limit.per_s < at <= now]
    if len(merchant.rate_window) >= limit.requests:
        raise GatewayError("rate_limited")
    merchant.rate_window.append(now)


def error_answer(error: GatewayError, merchant: Merchant | None = None) -> Answer:
    """The catalogue's answer for a refusal, or the one that the merchant's behaviour puts in its place."""
    case = CATALOGUE[error.case]
    message = error.message or case.message
    if merchant is not None and (override := merchant.behaviour.errors.get(error.case)) is not None:
        error_code = override.error_code or case.error_code
        case = ErrorCase(override.status or case.status, override.code or case.code, case.message, error_code)
        message = override.message or message
    return _error_body(ErrorCase(case.status, case.code, message, case.error_code), error.context)


def _error_body(case: ErrorCase, context: Json, status: int | None = None) -> Answer:
    body: Json = {"success": False, "code": case.code, "message": case.message, "data": {}}
    if case.error_code is not None:
        body["errorCode"] = case.error_code
    if context:
        body["context"] = context
    return reply(body, status or case.status)


def _anonymous(route: Route, request: Request) -> Answer:
    """The answer to a request that names no merchant."""
    if route.identity == "nobody":
        return HANDLERS[route.name](None, request)
    if route.identity == "page":
        return views.not_found()
    if route.identity == "client":
        return error_answer(oauth.invalid_client())
    if route.identity == "v1":
        return error_answer(GatewayError("v1_no_key"))
    return error_answer(GatewayError("unmapped" if route is UNMAPPED else "unauthorized"))


def _recorded(route: Route, request: Request) -> bytes:
    """What the ledger keeps of a body: nothing that holds a secret or a card."""
    return b"" if route.identity in ("client", "page") else request.body


def _known(request: Request) -> Json:
    """What a fault may match: a JSON body's fields or a form's, the query's, and the names in the path."""
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError):
        document = request.form()
    fields = document if isinstance(document, dict) else {}
    return fields | request.queries() | request.params


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, body)


async def _send(answer: Answer, send: Send, method: str, broken: Scope | None = None, *, half: bool = False) -> None:
    if broken is not None and (not half or len(answer.body) < 2):
        broken["extensions"][HANG_UP]()
        return
    headers = [
        (b"content-type", answer.content_type.encode("latin-1")),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.encode("latin-1"), value.encode()) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if broken is not None:
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        broken["extensions"][HANG_UP]()
        return
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})
