"""Access tokens: given to a client with the right secret, good for a while of the merchant's clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets

from starlette.responses import Response

from ..state.merchant import Merchant, Token
from ..wire.errors import GatewayError
from ..wire.messages import Request, reply


def issue(merchant: Merchant, request: Request) -> Response:
    """POST /v1/oauth/token."""
    form = request.entries
    known = hmac.compare_digest(form.get("client_secret", "").encode(), merchant.client_secret.encode())
    if not known or form.get("client_version") != str(merchant.client_version):
        raise invalid_client()
    if form.get("grant_type", "").lower() != "client_credentials":
        raise GatewayError("validation", "grant_type must be CLIENT_CREDENTIALS.")
    issued_s = int(merchant.clock.now())
    token = Token(jwt(merchant, issued_s), issued_s, issued_s + max(1, int(merchant.behaviour.token_lifetime_s)))
    merchant.keep_token(token)
    return reply(
        {
            "access_token": token.value,
            "encrypted_access_token": token.value,
            "refresh_token": secrets.token_urlsafe(24),
            "expires_in": token.expires_s - token.issued_s if merchant.behaviour.token_expires_in else None,
            "issued_at": token.issued_s,
            "expires_at": token.expires_s,
            "session_expires_at": token.expires_s,
            "token_type": "O-Bearer",
        }
    )


def authenticate(merchant: Merchant, request: Request) -> None:
    """Raise GatewayError(unauthorized) unless the request's token is good now."""
    token = merchant.tokens.get(bearer(request) or "")
    if token is None or merchant.clock.now() >= token.expires_s:
        raise GatewayError("unauthorized")


def bearer(request: Request) -> str | None:
    """The token of the Authorization header."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value if scheme == "O-Bearer" and value else None


def invalid_client() -> GatewayError:
    """The refusal of unknown credentials."""
    tracking = secrets.token_hex(8)
    return GatewayError(
        "invalid_client",
        f"Bad Request: Invalid Client, trackingId: {tracking}",
        error_description="Client authentication failed",
    )


def jwt(merchant: Merchant, issued_s: int) -> str:
    """An HS256 token as PhonePe's samples have it."""
    claims = {
        "expiresOn": int((issued_s + merchant.behaviour.token_lifetime_s) * 1000),
        "merchantId": merchant.merchant_id,
        "jti": secrets.token_hex(8),
    }
    signed = f"{_part({'alg': 'HS256'})}.{_part(claims)}"
    digest = hmac.new(merchant.client_secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(digest)}"


def _part(document: object) -> str:
    return _base64(json.dumps(document, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
