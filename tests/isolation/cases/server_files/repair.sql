revoke execute on function pg_catalog.pg_read_file(text) from authenticated;
