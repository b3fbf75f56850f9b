"""One simulated customer: the journey, the requests, and what the customer claims to have seen."""
