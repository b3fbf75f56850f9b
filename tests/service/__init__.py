"""The application as a whole: its health, its log, and what it says to input of any shape."""
