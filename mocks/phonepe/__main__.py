"""python -m mocks.phonepe: the gateway as a server of its own."""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path

BAD_INPUT = 2
INTERRUPTED = 130
AUTOMATIC = Path()
"""Where the CA goes when nobody says where."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    it = argparse.ArgumentParser(prog="python -m mocks.phonepe", description="A PhonePe payment gateway for tests.")
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
    return it


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; OSError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def main() -> int:
    """Serve; 2 when the address, the descriptor or the port file cannot be used."""
    options = parser().parse_args()
    try:
        ca_file = options.tls
        if ca_file is AUTOMATIC:
            ca_file = options.port_file and options.port_file.with_name("ca.pem")
        for option, path in (("--port-file", options.port_file), ("--tls", ca_file)):
            if path is not None and not path.parent.is_dir():
                raise OSError(f"{option}: {path.parent} is not a folder")
        listener = socket.socket(fileno=options.fd) if options.fd is not None else listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        print(f"python -m mocks.phonepe: cannot listen: {error}", file=sys.stderr)
        return BAD_INPUT
    if options.port_file is None and options.fd is None:
        port = listener.getsockname()[1]
        print(f"PhonePe mock: http://{options.public_host}:{port}, admin pages under /_admin/", file=sys.stderr)
    try:
        from .app import Gateway  # takes most of a start, and is of no use to who mistyped an option
        from .wire.server import serve

        serve(Gateway, listener, options.public_host, options.port_file, tls=options.tls is not None, ca_file=ca_file)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
