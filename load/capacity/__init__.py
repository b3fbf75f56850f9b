"""How much a system bears, and what more processes would bring."""
