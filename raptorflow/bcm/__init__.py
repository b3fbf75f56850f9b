"""The Business Context Manifest: what the features know of a business (BCM-16 … BCM-19)."""
