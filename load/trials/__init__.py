"""Trials: opened when something that a metric counts begins, closed when every side was asked."""
