"""One module a benchmark; each lists its `CASES`. Modules are found by being here."""
