"""The policy mutation score: breaks each protection, and asks whether the prover notices."""
