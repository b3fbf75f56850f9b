"""The guard against egress knows a target by its name, and by the addresses that the name has."""

from __future__ import annotations

import socket

import pytest

from fixtures.egress import Egress, Guard


def test_allowed_name__its_addresses_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may look a name up may connect to what it stands for, and to nothing else."""
    guard = Guard()
    guard.allowed.add("app.example")
    guard.watching = True
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(2, 1, 6, "", ("192.0.2.7", 0))])

    guard.hear("socket.getaddrinfo", ("app.example", 80))
    guard.hear("socket.connect", (None, ("192.0.2.7", 80)))

    with pytest.raises(Egress, match=r"192\.0\.2\.8"):
        guard.hear("socket.connect", (None, ("192.0.2.8", 80)))
    assert guard.attempts == ["socket.connect to 192.0.2.8"]
