"""The business context, its manifests and the features that read them (ONB-14, BCM-16 … BCM-19)."""
