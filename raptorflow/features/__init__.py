"""The five features that live on the manifest: cohorts, campaigns, moves, muse and daily wins (BCM-18, BCM-19)."""
