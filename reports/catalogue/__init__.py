"""What a release is judged by, as its files declare it: requirements, metrics, journeys, checklist, known issues."""
