"""Everything that a bare machine with Python and make lacks. Standard library only: it runs before all else."""
