"""Onboarding: twenty-three questions that turn a customer into a described business (ONB-11 … ONB-15)."""
