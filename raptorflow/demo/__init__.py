"""Made-up customers at every stage of the story, for a demonstration: `python -m raptorflow seed-demo`."""
