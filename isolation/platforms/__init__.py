"""What a platform's database holds before the first line of its user's: roles, schemas, grants and extensions."""
