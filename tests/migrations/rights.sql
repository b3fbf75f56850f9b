-- The rights of a database, a line each: what tests/migrations/rights.txt lists.
select regexp_replace(fact, '\s+', ' ', 'g') from (
select format('role %s:%s', rolname, concat(case when rolsuper then ' superuser' end, case when rolcanlogin then ' login' end,
              case when rolbypassrls then ' bypassrls' end, case when rolinherit then ' inherit' end,
              case when rolcreaterole or rolcreatedb or rolreplication then ' creates' end))
  from pg_roles where (rolname like 'raptorflow%' or rolname in ('anon', 'authenticated', 'service_role'))
union all
select format('member %s of %s%s%s%s', m.rolname, g.rolname, case when a.admin_option then ' admin' end,
              case when a.inherit_option then ' inherit' end, case when a.set_option then ' set' end)
  from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
 where g.rolname like 'raptorflow%' or g.rolname in ('anon', 'authenticated', 'service_role') or m.rolname in
       (select rolname from pg_roles where (rolname like 'raptorflow%' or rolname in ('anon', 'authenticated', 'service_role')))
union all
select format('table %s.%s of %s%s%s', n.nspname, c.relname, c.relowner::regrole, case when c.relrowsecurity then ' rls' end,
              case when c.relforcerowsecurity then ' forced' end)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname in ('public', 'auth', 'private') and c.relkind in ('r', 'p', 'v', 'm', 'f')
union all
select format('grant %s on %s.%s to %s%s', lower(a.privilege_type), n.nspname, c.relname,
              case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end, case when a.is_grantable then ' grantable' end)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
 where n.nspname in ('public', 'auth', 'private') and a.grantee <> c.relowner
union all
select format('grant %s (%s) on %s.%s to %s', lower(a.privilege_type), t.attname, n.nspname, c.relname,
              case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end)
  from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace, aclexplode(t.attacl) a
 where n.nspname in ('public', 'auth', 'private') and a.grantee <> c.relowner
union all
select format('schema %s of %s', nspname, nspowner::regrole) from pg_namespace where nspname in ('auth', 'private')
union all
select format('grant %s on schema %s to %s', lower(a.privilege_type), n.nspname,
              case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end)
  from pg_namespace n, aclexplode(n.nspacl) a where n.nspname in ('public', 'auth', 'private') and a.grantee <> n.nspowner
union all
select format('function %s of %s%s%s%s', p.oid::regprocedure, p.proowner::regrole, case when p.prosecdef then ' definer' end,
              case when p.proconfig is not null then ' ' || array_to_string(p.proconfig, ' ') end,
              case p.provolatile when 'v' then '' when 's' then ' stable' else ' immutable' end)
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('public', 'auth', 'private')
union all
select format('execute %s: %s', p.oid::regprocedure, case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end)
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
       aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
 where n.nspname in ('public', 'auth', 'private') and a.grantee <> p.proowner
union all
select format('policy %s on %s.%s: %s %s to %s%s%s', policyname, schemaname, tablename, permissive, lower(cmd), roles,
              case when qual is not null then ' using' end, case when with_check is not null then ' check' end)
  from pg_policies where schemaname in ('public', 'auth', 'private')
union all
select format('trigger %s on %s: %s', t.tgname, t.tgrelid::regclass, t.tgfoid::regproc)
  from pg_trigger t where not t.tgisinternal and t.tgenabled = 'O'
union all
select format('constraint on %s: %s', conrelid::regclass, pg_get_constraintdef(oid))
  from pg_constraint where connamespace in (select oid from pg_namespace where nspname in ('public', 'auth', 'private')) and contype <> 'n'
union all
select format('unique on %s: %s', indrelid::regclass, regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', ''))
  from pg_index join pg_class on pg_class.oid = indexrelid
 where indisunique and relnamespace in (select oid from pg_namespace where nspname in ('public', 'auth', 'private'))
union all
select format('not null %s.%s', attrelid::regclass, attname)
  from pg_attribute join pg_class on pg_class.oid = attrelid
 where attnotnull and attnum > 0 and relkind = 'r' and relnamespace in (select oid from pg_namespace where nspname in ('public', 'auth', 'private'))
union all
select format('default %s.%s: %s', adrelid::regclass, attname, pg_get_expr(adbin, adrelid))
  from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum join pg_class on pg_class.oid = adrelid
 where relnamespace in (select oid from pg_namespace where nspname in ('public', 'auth', 'private'))
) as facts (fact)
