"""Small changes of the application that no person chose: what the suites notice of a random sample of them."""
