"""One attempt: what is sent, what comes back, what it changed, and what that means for a cell."""
