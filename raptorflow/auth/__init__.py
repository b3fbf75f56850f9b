"""Accounts: signup, login, sessions that rotate and end, and the person behind a request (AUTH-1 … AUTH-5)."""
