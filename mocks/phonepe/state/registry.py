"""The merchants of a gateway, by the names they are known under."""

from __future__ import annotations

from collections import deque
from typing import Final

from .behaviour import NewMerchant
from .ledger import Exchange
from .merchant import Merchant, Site

MOST_STRANGERS: Final = 500


class TakenError(Exception):
    """A merchant id or client id is in use; the message is its field's name."""


class Registry:
    """Merchants by id and by client id."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.by_id: dict[str, Merchant] = {}
        self.by_client: dict[str, Merchant] = {}
        self.strangers: deque[Exchange] = deque(maxlen=MOST_STRANGERS)
        """The newest requests that named no client, token or merchant that is known."""

    def add(self, new: NewMerchant) -> Merchant:
        """Make a merchant; TakenError when one of its ids is in use."""
        merchant = Merchant(new, self.site)
        if merchant.merchant_id in self.by_id:
            raise TakenError("merchant_id")
        if merchant.client_id in self.by_client:
            raise TakenError("client_id")
        self.by_id[merchant.merchant_id] = merchant
        self.by_client[merchant.client_id] = merchant
        return merchant

    def remove(self, merchant: Merchant) -> None:
        """Forget a merchant with all it has."""
        merchant.forget()
        del self.by_id[merchant.merchant_id]
        del self.by_client[merchant.client_id]
