do $$ begin execute format('alter database %I reset lo_compat_privileges', current_database()); end $$;
