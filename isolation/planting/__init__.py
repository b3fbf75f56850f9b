"""Plants rows of two tenants in every relation, each column with a canary of its own."""
