"""Tenants and who belongs to them (AUTH-4)."""
