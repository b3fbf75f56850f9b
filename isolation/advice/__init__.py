"""Advice, which decides no cell."""
