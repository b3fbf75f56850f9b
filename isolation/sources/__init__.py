"""Where a schema comes from: the database itself, a copy of its schema, or a folder of SQL, in a server of our own."""
