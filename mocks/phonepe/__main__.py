"""python -m mocks.phonepe, phonepe-mock: the gateway as a server of its own, and commands to a running one."""

from __future__ import annotations

import argparse
import functools
import os
import socket
import sys
from pathlib import Path
from typing import Final

BAD_INPUT: Final = 2
INTERRUPTED: Final = 130
AUTOMATIC: Final = Path()
"""Where the CA goes when nobody says where."""
PROGRAM: Final = "phonepe-mock" if __package__ == "phonepe_mock" else "python -m mocks.phonepe"

USAGE: Final = """commands to a running gateway (COMMAND --help says more):
  trigger EVENT      let an event happen, as checkout.order.completed
  listen             print webhooks as they are sent; --forward-to URL passes them on
  replay DELIVERY    send a webhook again
"""


class _Version(argparse.Action):
    """Prints the version of the wheel that is installed, if one is."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(version("phonepe-mock"))
        except PackageNotFoundError:
            print("a checkout, not installed")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The command line of the server."""
    it = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A PhonePe payment gateway for tests.",
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    it.add_argument("--version", action=_Version, nargs=0, help="print the version, and end")
    it.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    it.add_argument("--port", type=int, default=0, help="port to listen on; 0 lets the system choose (default)")
    it.add_argument("--port-file", type=Path, metavar="F", help="write the port to this file once requests are served")
    it.add_argument("--fd", type=int, metavar="N", help="serve on this inherited listening socket instead")
    it.add_argument(
        "--public-host", default="localhost", metavar="NAME", help="host in the hosted page's URL (default %(default)s)"
    )
    it.add_argument(
        "--tls",
        type=Path,
        nargs="?",
        const=AUTOMATIC,
        metavar="CA",
        help="also speak TLS and be a proxy that answers for PhonePe's own hosts; the CA to trust is written to this "
        "file, by default ca.pem beside the port file, and is at /_admin/ca.pem",
    )
    it.add_argument("--seed", type=Path, metavar="FILE.toml", help="start with this file's merchants and orders")
    it.add_argument("--state", type=Path, metavar="FILE", help="keep the ledger in this SQLite file")
    return it


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; OSError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def main() -> int:
    """Serve, or send a command to a running gateway; 2 when an option, an address or a file cannot be used."""
    words = sys.argv[1:]
    if words and not words[0].startswith("-"):
        from .commands.run import run

        try:
            return run(PROGRAM, words, os.environ)
        except KeyboardInterrupt:
            return INTERRUPTED
    return serve_until_told(parser().parse_args(words))


def serve_until_told(options: argparse.Namespace) -> int:
    """Serve; 2 when the address, the descriptor or a file cannot be used."""
    try:
        ca_file = options.tls
        if ca_file is AUTOMATIC:
            ca_file = options.port_file and options.port_file.with_name("ca.pem")
        for option, path in (("--port-file", options.port_file), ("--tls", ca_file), ("--state", options.state)):
            if path is not None and not path.parent.is_dir():
                raise OSError(f"{option}: {path.parent} is not a folder")
        listener = socket.socket(fileno=options.fd) if options.fd is not None else listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        print(f"{PROGRAM}: cannot listen: {error}", file=sys.stderr)
        return BAD_INPUT
    # What follows takes most of a start, and is of no use to who mistyped an option.
    from .app import Gateway
    from .store.file import StateFileError
    from .store.seed import SeedError, read_seed
    from .wire.server import serve

    try:
        seed = None if options.seed is None else read_seed(options.seed)
        if options.port_file is None and options.fd is None:
            port = listener.getsockname()[1]
            print(f"PhonePe mock: http://{options.public_host}:{port}, admin pages under /_admin/", file=sys.stderr)
        make = functools.partial(Gateway, seed=seed, state=options.state)
        serve(make, listener, options.public_host, options.port_file, tls=options.tls is not None, ca_file=ca_file)
    except SeedError as error:
        print(f"{PROGRAM}: --seed: {error}", file=sys.stderr)
        return BAD_INPUT
    except StateFileError as error:
        print(f"{PROGRAM}: --state: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
