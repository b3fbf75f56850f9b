"""What happens to an order, and how orders are shown on the wire."""
