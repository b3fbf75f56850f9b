alter role rlsc_bypasser nobypassrls;
