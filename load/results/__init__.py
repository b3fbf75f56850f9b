"""What a run leaves for the scorecard."""
