"""The probes: one file for each way in."""
