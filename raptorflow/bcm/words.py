"""How a manifest's keys and amounts are said to people."""

from __future__ import annotations

_SPECIAL = {"icps": "ICPs", "kpis": "KPIs", "list": "Where", "tam": "TAM", "sam": "SAM", "som": "SOM"}


def title(key: str) -> str:
    """A key of the manifest as a heading."""
    return _SPECIAL.get(key, key.replace("_", " ").capitalize())


def rupees(paise: int) -> str:
    """Paise as rupees, digits grouped as in India: 123456700 is ₹12,34,567."""
    whole, rest = divmod(paise, 100)
    head, tail = str(whole)[:-3], str(whole)[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return "₹" + ",".join([*pairs, tail]) + (f".{rest:02d}" if rest else "")
