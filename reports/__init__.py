"""Requirements, metrics, the verdict's statistics, the scorecard and its gate. Reads evidence, and nothing else."""
