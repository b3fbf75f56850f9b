"""Orders, payments, activations and what customers saw, compared order by order after a run."""
