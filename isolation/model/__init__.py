"""What is talked about: frozen values, which import nothing else of the prover."""
