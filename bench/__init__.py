"""How fast the harness is: medians over rounds, and ratios to what was promised. Never asserted in a test."""
