"""The toolbox that all of the harness imports, and that imports none of it."""
