"""The gateway as an ASGI application: finds merchant and route, applies faults, keeps the record."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route, Router
from starlette.types import Receive, Scope, Send

from .admin.api import admin_application
from .page import views
from .routes import AUTHENTICATION, CALLS, PREFIXES, UNMAPPED, Call, is_served
from .state.behaviour import Fault
from .state.faults import altered, dictated
from .state.ledger import Exchange
from .state.merchant import Merchant, Site
from .state.registry import Registry
from .store.keeper import Keeper
from .store.seed import Seed, plant
from .v1 import api
from .v2 import oauth
from .webhooks.delivery import Deliveries
from .webhooks.sender import Poster
from .wire.errors import CATALOGUE, ErrorCase, GatewayError
from .wire.hang_up import HANG_UP
from .wire.keeping import MOST_BYTES, masked
from .wire.messages import Json, Request, answer, received, reply


class _Route(Route):
    """A route that leaves a path with another method to the table's end, as PhonePe does: it knows no 405."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        return (match, child) if match is Match.FULL else (Match.NONE, {})


class Gateway:
    """All merchants, behind one door."""

    def __init__(
        self, base_url: str = "", ca: bytes | None = None, *, seed: Seed | None = None, state: Path | None = None
    ) -> None:
        """A gateway with a seed's merchants, kept in a state file. Raises StateFileError."""
        poster = Poster()
        self.registry = Registry(Site(base_url, lambda merchant: Deliveries(poster, merchant), ca))
        self._seed = seed
        self._keeper = None if state is None else Keeper(self.registry, state)
        unmapped = _Endpoint(self.registry, UNMAPPED)
        routes: list[BaseRoute] = [
            _Route(call.template, _Endpoint(self.registry, call), methods=[call.method]) for call in CALLS
        ]
        below = Router(routes, redirect_slashes=False, default=unmapped)
        mounts = [Mount("/_admin", admin_application(self.registry)), *(Mount(each, below) for each in PREFIXES)]
        self._router = Router([*routes, *mounts], redirect_slashes=False, default=unmapped)

    async def open(self) -> None:
        """Read the state file, then plant the seed. Raises StateFileError or SeedError."""
        if self._keeper is not None:
            self._keeper.load()
            self._keeper.start()
        if self._seed is not None:
            plant(self.registry, self._seed)

    async def close(self) -> None:
        """Write what the state file has not got yet."""
        if self._keeper is not None:
            await self._keeper.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] == "http":
            await self._router(scope, receive, send)


class _Endpoint:
    """What answers one route of the table: the ASGI application that Starlette's router leads to."""

    def __init__(self, registry: Registry, call: Call) -> None:
        self._registry = registry
        self._call = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await received(scope, receive)
        except ClientDisconnect:
            return
        call = self._call
        merchant = self._merchant_of(request)
        if merchant is None:
            response = _anonymous(call, request)
            if call.identity != "nobody":
                exchange = _recorded(call, request, time.time())
                _finish(exchange, request, response)
                self._registry.strangers.append(exchange)
            await response(scope, receive, send)
            return
        began = time.perf_counter()
        exchange = _recorded(call, request, merchant.clock.now())
        place = merchant.ledger.add_exchange(exchange)
        fault = merchant.faults.fitting(call.name, _known(request)) if merchant.faults else None
        if fault is None:
            response = await _handle(merchant, call, request)
        else:
            response = await _with_fault(fault, merchant, call, request, exchange)
        exchange.duration_ms = (time.perf_counter() - began) * 1000
        hang_up = fault.hang_up if fault is not None else None
        _finish(exchange, request, response)
        if hang_up == "reset":
            exchange.status, exchange.answer = None, b""
        merchant.ledger.note("exchange", place)
        if hang_up is None:
            await response(scope, receive, send)
        else:
            await _broken(response, scope, send, half=hang_up == "mid_response")

    def _merchant_of(self, request: Request) -> Merchant | None:
        registry = self._registry
        match self._call.identity:
            case "client":
                return registry.by_client.get(request.entries.get("client_id", ""))
            case "bearer":
                return registry.site.owners.get(oauth.bearer(request) or "")
            case "page":
                token = request.query("token") or ""
                merchant = registry.by_id.get(token.partition("~")[0])
                return merchant if merchant is not None and token in merchant.ledger.pages else None
            case "v1":
                return registry.by_id.get(api.merchant_id_of(request) or "")
            case "nobody":
                return None


async def _handle(merchant: Merchant, call: Call, request: Request) -> Response:
    try:
        _check_place(merchant, call, request)
        _check_rate(merchant, call)
        if (authenticate := AUTHENTICATION.get(call.identity)) is not None:
            authenticate(merchant, request)
        response = call.handler(merchant, request)
    except GatewayError as error:
        return error_response(error, merchant)
    mode = merchant.behaviour.webhook.mode
    if mode == "before_response" or (mode == "before_redirect" and call.identity == "page"):
        await merchant.postman.idle()
    return response


async def _with_fault(fault: Fault, merchant: Merchant, call: Call, request: Request, exchange: Exchange) -> Response:
    exchange.fault = fault.model_dump_json(exclude_defaults=True)
    if fault.revoke_token:
        merchant.revoke_tokens()
    instead = dictated(fault) or (None if fault.status is None else _error_body(CATALOGUE["server"], {}, fault.status))
    if fault.when == "before":
        await merchant.faults.wait(fault)
        if instead is not None or fault.hang_up == "reset":
            return instead or answer(502)
    response = await _handle(merchant, call, request)
    if fault.when == "after":
        await merchant.faults.wait(fault)
    return instead or altered(fault, response)


def _check_place(merchant: Merchant, call: Call, request: Request) -> None:
    """Refuse a route that PhonePe does not serve under this prefix and host; of a lenient merchant, remark it."""
    if is_served(call, request.prefix, request.host):
        return
    if merchant.behaviour.strict:
        raise GatewayError("unmapped")
    request.remarks.append(f"{request.host}{request.prefix} does not serve {call.template}")


def _check_rate(merchant: Merchant, call: Call) -> None:
    limit = merchant.behaviour.rate_limit
    if limit is None or call.identity == "page" or limit.route not in ("*", call.name):
        return
    now = merchant.clock.now()
    merchant.rate_window = [at for at in merchant.rate_window if now - limit.per_s < at <= now]
    if len(merchant.rate_window) >= limit.requests:
        raise GatewayError("rate_limited")
    merchant.rate_window.append(now)


def error_response(error: GatewayError, merchant: Merchant | None = None) -> Response:
    """The catalogue's answer for a refusal, or the one that the merchant's behaviour puts in its place."""
    case = CATALOGUE[error.case]
    message = error.message or case.message
    if merchant is not None and (override := merchant.behaviour.errors.get(error.case)) is not None:
        error_code = override.error_code or case.error_code
        case = ErrorCase(override.status or case.status, override.code or case.code, case.message, error_code)
        message = override.message or message
    return _error_body(ErrorCase(case.status, case.code, message, case.error_code), error.context)


def _error_body(case: ErrorCase, context: Json, status: int | None = None) -> Response:
    body: Json = {"success": False, "code": case.code, "message": case.message, "data": {}}
    if case.error_code is not None:
        body["errorCode"] = case.error_code
    if context:
        body["context"] = context
    return reply(body, status or case.status)


def _anonymous(call: Call, request: Request) -> Response:
    """The answer to a request that names no merchant."""
    if call.identity == "nobody":
        return call.handler(None, request)
    if not is_served(call, request.prefix, request.host):
        return error_response(GatewayError("unmapped"))
    if call.identity == "page":
        return views.not_found()
    if call.identity == "client":
        return error_response(oauth.invalid_client())
    if call.identity == "v1":
        return error_response(GatewayError("v1_no_key"))
    return error_response(GatewayError("unmapped" if call is UNMAPPED else "unauthorized"))


def _recorded(call: Call, request: Request, at_s: float) -> Exchange:
    """What the ledger keeps of a request: nothing that holds a secret or a card."""
    body = b"" if call.identity == "page" else masked(request.content, request.headers.get("content-type", ""))
    query = request.query_string[:MOST_BYTES]
    return Exchange(at_s, request.method, request.path, call.name, body, request.host, request.prefix, query)


def _finish(exchange: Exchange, request: Request, response: Response) -> None:
    """Record the answer; pages are not kept."""
    kind = response.headers.get("content-type", "")
    exchange.status = response.status_code
    exchange.answer = b"" if exchange.route.startswith("page.") else masked(bytes(response.body), kind)
    exchange.remarks = tuple(request.remarks)


def _known(request: Request) -> Json:
    """What a fault may match: a JSON body's fields or a form's, the query's, and the names in the path."""
    try:
        document = json.loads(request.content)
    except (ValueError, RecursionError):
        document = dict(request.entries)
    fields = document if isinstance(document, dict) else {}
    return fields | dict(request.query_params) | request.path_params


SHORTEST_HALF: Final = 2
"""Bytes of a body below which there is no half of it to send."""


async def _broken(response: Response, scope: Scope, send: Send, *, half: bool) -> None:
    """Hang up instead of answering, or after half an answer."""
    hang_up = scope["extensions"][HANG_UP]
    if half and len(response.body) >= SHORTEST_HALF:
        await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
        part = bytes(response.body)[: len(response.body) // 2]
        await send({"type": "http.response.body", "body": part, "more_body": True})
    hang_up()
