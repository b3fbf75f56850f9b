"""What the prover says: a document for machines, a table and a page for people."""
