"""Onboarding, over HTTP and through the browser (ONB-11 … ONB-15)."""
