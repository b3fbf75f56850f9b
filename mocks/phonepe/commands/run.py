"""Reads a command's arguments, and runs it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from ..client import AdminClient, AdminError
from .listening import listen
from .replaying import replay
from .target import CommandError
from .triggering import trigger

BAD_INPUT: Final = 2
FAILED: Final = 1
DEFAULT_URL: Final = "http://127.0.0.1:9900"
VARIABLE: Final = "PHONEPE_MOCK_URL"


def parser(program: str, environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """The command line of the commands."""
    it = argparse.ArgumentParser(prog=program, description="Commands to a running gateway.")
    commands = it.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--gateway",
        metavar="URL",
        default=environment.get(VARIABLE, DEFAULT_URL),
        help=f"where the gateway is (default: {VARIABLE}, else {DEFAULT_URL})",
    )
    shared.add_argument("--merchant", metavar="ID", help="whose it is; not needed where the gateway has one merchant")
    one = commands.add_parser("trigger", parents=[shared], help="let an event happen")
    one.add_argument("event", help="as checkout.order.completed; an unknown one lists those that there are")
    one.add_argument("--order", metavar="ID", help="the order, refund or subscription it is about; else one is made")
    one.add_argument(
        "--amount", type=int, default=10_000, metavar="PAISE", help="of an order that is made (%(default)s)"
    )
    one = commands.add_parser("listen", parents=[shared], help="print webhooks as they are sent, and pass them on")
    one.add_argument("--forward-to", metavar="URL", help="pass each webhook on to this URL")
    one.add_argument("--events", metavar="A,B", help="these events alone")
    one.add_argument("--count", type=int, metavar="N", help="end after N webhooks")
    one = commands.add_parser("replay", parents=[shared], help="send a webhook again")
    one.add_argument("delivery", help="its delivery_id, as WH00000001")
    return it


def run(program: str, words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command: 0 when it is done, 1 when the gateway cannot be reached, 2 when it was asked for wrongly."""
    options = parser(program, environment).parse_args(words)
    try:
        base = options.gateway.rstrip("/")
        if urlsplit(base).scheme != "http":
            raise CommandError(f"--gateway: {options.gateway} is no http:// address: name one as {DEFAULT_URL}")
        admin = AdminClient(f"{base}/_admin")
        match options.command:
            case "trigger":
                trigger(admin, base, options.merchant, options.event, options.order, options.amount)
            case "listen":
                events = frozenset(options.events.split(",")) if options.events else None
                listen(admin, options.merchant, options.forward_to, events, options.count)
            case "replay":
                replay(admin, options.merchant, options.delivery)
    except (CommandError, ValueError) as error:
        print(f"{program} {options.command}: {error}", file=sys.stderr)
        return BAD_INPUT
    except AdminError as error:
        print(f"{program} {options.command}: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        remedy = "start a gateway there, or name one by --gateway"
        print(f"{program} {options.command}: {options.gateway}: {error}: {remedy}", file=sys.stderr)
        return FAILED
    return 0
