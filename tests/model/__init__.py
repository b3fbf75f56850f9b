"""What the contract says follows from what a customer does, written without a look at the code."""
