"""PhonePe's own addresses: a CA of the gateway's making, and a door that speaks TLS, behind CONNECT or at once."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import tempfile
from asyncio.sslproto import SSLProtocol
from typing import Any, ClassVar, Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .hang_up import Protocol

HOSTS: Final = (
    "api-preprod.phonepe.com",
    "api.phonepe.com",
    "cards.phonepe.com",
    "mercury-uat.phonepe.com",
    "mercury.phonepe.com",
    "mercury-t2.phonepe.com",
    "localhost",
)
LONGEST_HEAD: Final = 16_384
TLS_HANDSHAKE: Final = 0x16
"""The first byte of whoever begins to speak TLS."""
VALID_FOR: Final = datetime.timedelta(days=30)


def server_context() -> tuple[ssl.SSLContext, bytes]:
    """A context whose certificate is good for PhonePe's hosts to whoever trusts the CA, and that CA as PEM."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _certificate("PhonePe mock CA", ca_key, None, ca_key)
    leaf = _certificate(HOSTS[0], key, ca, ca_key)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as chain:
        chain.write(leaf.public_bytes(pem) + secret)
        chain.flush()
        context.load_cert_chain(chain.name)
    return context, ca.public_bytes(pem)


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Certificate | None, signer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in HOSTS]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if issuer is None:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(signer, hashes.SHA256())


class Door(asyncio.Protocol):
    """A connection's first bytes decide: CONNECT is answered and followed by TLS, which may also come at once.

    Anything else is plain HTTP.
    """

    context: ClassVar[ssl.SSLContext]

    def __init__(self, **uvicorn_gives: Any) -> None:
        self._http = Protocol(**uvicorn_gives)
        self._head = b""
        self._transport: asyncio.Transport | None = None
        self._upgrade: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first bytes."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Decide by the first bytes."""
        assert self._transport is not None
        self._head += data
        if self._head[0] == TLS_HANDSHAKE:
            self._continue_tls(self._transport)
        elif not b"CONNECT ".startswith(self._head[:8]):
            self._http.connection_made(self._transport)
            self._transport.set_protocol(self._http)
            self._http.data_received(self._head)
        elif b"\r\n\r\n" in self._head:
            self._transport.pause_reading()
            self._transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._upgrade = asyncio.get_running_loop().create_task(self._speak_tls(self._transport))
        elif len(self._head) > LONGEST_HEAD:
            self._transport.abort()

    def _continue_tls(self, transport: asyncio.Transport) -> None:
        """Speak TLS on a connection whose first bytes are read already, which `start_tls` cannot take back."""
        loop = asyncio.get_running_loop()
        secure = SSLProtocol(loop, self._http, self.context, None, server_side=True)  # type: ignore[arg-type]
        transport.set_protocol(secure)
        secure.connection_made(transport)
        secure.get_buffer(len(self._head))[: len(self._head)] = self._head
        secure.buffer_updated(len(self._head))

    async def _speak_tls(self, transport: asyncio.Transport) -> None:
        try:
            secure = await asyncio.get_running_loop().start_tls(transport, self._http, self.context, server_side=True)
        except (OSError, ssl.SSLError):
            transport.abort()
            return
        if secure is not None:
            self._http.connection_made(secure)


def door_with(context: ssl.SSLContext) -> type[Door]:
    """A door whose TLS uses a context."""
    return type("DoorWithContext", (Door,), {"context": context})
