"""A customer's verbs, spoken over a browser or over HTTP: neither knows where the system came from."""
