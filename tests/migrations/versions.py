"""The versions that there are, and what a database of one is made of."""

from __future__ import annotations

from pathlib import Path

VERSIONS = sorted(
    path.name[:4] for path in Path(__file__).parents[2].glob("raptorflow/migrations/versions/[0-9]*_*.sql")
)
CATALOGUE = """
select string_agg(fact, e'\n' order by fact) from (
    select format('column %s.%s.%s %s %s', table_schema, table_name, column_name, data_type, column_default) as fact
      from information_schema.columns where table_schema in ('public', 'auth', 'private')
    union all
    select format('policy %s %s %s %s %s', tablename, policyname, cmd, qual, with_check) from pg_policies
    union all
    select format('function %s %s', oid::regprocedure, pg_get_functiondef(oid)) from pg_proc
     where pronamespace in (select oid from pg_namespace where nspname in ('public', 'auth', 'private'))
) as facts
"""
