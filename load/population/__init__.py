"""Who the simulated customers are, when they arrive, and what happens to the webhooks about them."""
