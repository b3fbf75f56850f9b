"""Breaks the rules of the contract, one at a time, and sees whether a test that names the requirement notices."""
