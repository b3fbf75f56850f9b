"""Amounts as a payer reads them."""

from __future__ import annotations


def rupees(paise: int) -> str:
    """Paise as rupees with Indian grouping: 12345678 is "₹1,23,456.78"."""
    whole, cents = divmod(paise, 100)
    text = str(whole)
    head, tail = text[:-3], text[-3:]
    groups = [tail]
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    return f"₹{','.join(groups)}.{cents:02d}"
