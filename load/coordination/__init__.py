"""One run over several processes and machines: the plan, who does what, and what they record."""
