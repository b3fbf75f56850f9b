"""The v2 protocol: checkout, custom checkout, orders, refunds, subscriptions, tokens."""
