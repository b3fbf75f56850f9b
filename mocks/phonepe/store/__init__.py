"""What outlives a process: the state file, and the seed that a gateway starts with."""
