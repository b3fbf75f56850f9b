"""Signup, login, sessions and tokens, as a customer or an attacker meets them (AUTH-1 … AUTH-5)."""
