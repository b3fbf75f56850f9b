"""Who acts, and how each actor is told to the database."""
