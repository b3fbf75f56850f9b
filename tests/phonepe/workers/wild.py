"""Runs inside the environment of clients that other people wrote; speaks the same lines as the official SDK's worker.

A call's kind is `phonepe` (v1), `tranchepay.oauth` (v2) or `tranchepay.x-verify` (v1); its method is the client's own.
"""

from __future__ import annotations

import io
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from phonepe.main import PhonePe, RefundTxn
from tranchepay.gateways.phonepe_adapter import PhonePeAdapter

Json = dict[str, Any]


def client_of(call: Json, gateway_url: str) -> Any:
    """The client that a call needs, pointed at the gateway."""
    account, settings = call["account"], call.get("settings", {})
    if call["kind"] == "phonepe":
        return PhonePe(
            merchant_id=account["merchant_id"],
            phone_pe_salt=account["salt_key"],
            phone_pe_salt_index=account["salt_index"],
            phone_pe_host=gateway_url,
            **settings,
        )
    mode = call["kind"].partition(".")[2]
    secret = account["client_secret"] if mode == "oauth" else account["salt_key"]
    credentials = {"merchant_id": account["client_id"], "salt_key": secret, "auth_mode": mode, **settings}
    client = httpx.Client(trust_env=False, timeout=call.get("read_timeout", 10))
    return PhonePeAdapter(credentials, client=client, base_url=gateway_url)


def answer(call: Json, gateway_url: str) -> Json:
    """Make one call: {result} or {error, status, code, message}."""
    arguments = call["arguments"]
    try:
        client = client_of(call, gateway_url)
        if call["method"] == "refund_txn":
            arguments = {"refund_txn": RefundTxn(**arguments)}
        return {"result": getattr(client, call["method"])(**arguments)}
    except Exception as error:
        return {"error": type(error).__name__, "status": None, "code": None, "message": str(error)}


def main() -> None:
    """Answer until there are no more lines; what the clients print themselves, signatures included, goes nowhere."""
    out, sys.stdout = sys.stdout, io.StringIO()
    with ThreadPoolExecutor(16) as threads:
        for line in sys.stdin:
            told = list(threads.map(lambda call: answer(call, sys.argv[1]), json.loads(line)))
            print(json.dumps(told), file=out, flush=True)


if __name__ == "__main__":
    main()
