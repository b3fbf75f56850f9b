"""One load run under way: generators on one side, the judge on the other, until all is decided or the time is up."""
