"""Runs the probes over one database, in this process or several."""
