"""The declared intent: read, checked against the database, or taken from a target file."""
