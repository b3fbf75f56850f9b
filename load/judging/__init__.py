"""What the claims and trials mean: the judge, the state of each metric, thresholds."""
