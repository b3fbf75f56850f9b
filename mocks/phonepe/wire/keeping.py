"""What may be kept of requests and answers: no secret, no card, and not more than a few kilobytes."""

from __future__ import annotations

import re
from typing import Final

MOST_BYTES: Final = 8_192
"""Of a body that the ledger keeps; what is longer is cut, and says so."""

_SECRETS: Final = re.compile(
    rb'("(?:access_token|encrypted_access_token|refresh_token|client_secret|encryptedCardNumber|cardNumber|'
    rb'encryptedCvv|cvv|cryptogram|encryptedToken|otp)"\s*:\s*")[^"]*(")'
)
_FORM_SECRETS: Final = re.compile(rb"((?:^|&)(?:client_secret|card_number|cvv|otp)=)[^&]*")


def masked(body: bytes, content_type: str) -> bytes:
    """A body as it may be kept: JSON and forms without secrets, nothing of pictures and scripts."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        body = _FORM_SECRETS.sub(rb"\1***", body)
    elif kind in ("text/css", "text/javascript", "image/svg+xml", "application/x-pem-file"):
        return b""
    else:
        body = _SECRETS.sub(rb"\1***\2", body)
    return body if len(body) <= MOST_BYTES else body[:MOST_BYTES] + b"..."
