"""Proves by trying whether the tenants of a PostgreSQL database are isolated from each other."""
