"""What the database says of itself: its catalog, whose each row is, and the text of its routines."""
