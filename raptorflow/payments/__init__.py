"""Money: plans, payments through PhonePe, what they activate, refunds (PAY-6 … PAY-10)."""
