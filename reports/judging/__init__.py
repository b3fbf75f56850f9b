"""What a run's evidence says: facts, bounds, verdicts, the release verdict and the scorecard."""
