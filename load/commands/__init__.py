"""What `python -m load` can be told to do, and how it shows its progress."""
