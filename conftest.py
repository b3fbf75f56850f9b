"""Names the plugins; each is one noun in ``fixtures/``."""

pytest_plugins = (
    "fixtures.options",
    "fixtures.stack",
    "fixtures.gateway",
    "fixtures.witnesses",
    "fixtures.customers",
    "fixtures.browser",
    "fixtures.requirements",
    "fixtures.labels",
    "fixtures.evidence",
    "fixtures.failures",
    "fixtures.egress",
)
