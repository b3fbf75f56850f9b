"""What several probes share: attacks and calls with their arguments, what opens afterwards, and what closes it."""
