"""Names the plugins, each one noun in ``fixtures/``; one that others build upon comes before them."""

pytest_plugins = (
    "fixtures.caller",
    "fixtures.compiled",
    "fixtures.garbage",
    "fixtures.interruptible",
    "fixtures.options",
    "fixtures.stack",
    "fixtures.requirements",
    "fixtures.labels",
    "fixtures.attempts",
    "fixtures.evidence",
    "fixtures.turns",
    "fixtures.gateway",
    "fixtures.witnesses",
    "fixtures.steps",
    "fixtures.customers",
    "fixtures.traces",
    "fixtures.browser",
    "fixtures.failures",
    "fixtures.egress",
    "fixtures.created",
)
