"""Connections: clones of the target, and many statements in one message."""
