"""Load that decides: simulated customers by the hundred, each of whose steps is a trial checked from every side."""
