"""What the gateway keeps for each merchant: orders, clock, behaviour and faults."""
