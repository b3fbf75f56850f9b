"""What `python -m reports` can be told to do."""
