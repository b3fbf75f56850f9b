"""From any database that a deployment may hold to the newest one, whole (contract, section 2)."""
