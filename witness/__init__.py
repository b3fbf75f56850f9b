"""What the database, Redis and the gateway's ledger say about a customer: read-only."""
