revoke all on internal.ledger from public;
