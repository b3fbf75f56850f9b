"""Workspaces: the tenants, and who belongs to them (AUTH-4)."""
