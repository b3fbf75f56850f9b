revoke select on pg_catalog.pg_largeobject from authenticated;
