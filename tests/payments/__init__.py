"""Money, from a chosen plan to access and back (PAY-6 … PAY-10)."""
