"""A second RaptorFlow, deliberately unlike the first: Flask and threads, other routes and tables, cookies, no Redis.

It keeps the contract's smaller half (registration, payment, the steps, the manifest), so that the harness can be seen
to verify what it was not made for. It imports nothing of either.
"""
