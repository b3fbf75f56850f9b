"""The queries that read a catalog; PostgreSQL's own letters are in what they return."""

from __future__ import annotations

SCHEMAS = """
select n.oid from pg_namespace n
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend d
    where d.classid = 'pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e')
"""
_CHOSEN = f"array({SCHEMAS} and (%(all)s or n.nspname = any(%(schemas)s)))"
"""An array, so that the server reads it once and looks up nothing of its own schemas."""
_OF_EXTENSIONS = "select d.objid from pg_depend d where d.classid = '{}'::regclass and d.deptype = 'e'"
RELATIONS = f"""
select c.oid::int8 oid, n.nspname schema, c.relname "table", c.relkind::text kind, pg_get_userbyid(c.relowner) owner,
  c.relrowsecurity row_security, c.relforcerowsecurity forced, coalesce(c.reloptions, '{{}}') options,
  pg_get_expr(c.relpartbound, c.oid) bound,
  pg_get_partition_constraintdef(c.oid) partition_check, pg_relation_is_updatable(c.oid, true) updatable,
  case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end definition,
  coalesce((select array_agg(pn.nspname || '.' || p.relname) from pg_inherits i join pg_class p on p.oid = i.inhparent
    join pg_namespace pn on pn.oid = p.relnamespace where i.inhrelid = c.oid), '{{}}') parents,
  coalesce((select array_agg(a.attname::text order by k.n) from pg_partitioned_table pt, unnest(pt.partattrs::int2[])
    with ordinality k(attnum, n) join pg_attribute a on a.attnum = k.attnum
    where pt.partrelid = c.oid and a.attrelid = c.oid), '{{}}') partition_key,
  exists (select from pg_attribute a where a.attrelid = c.oid and a.attacl is not null) column_grants,
  coalesce((select array_agg(distinct dn.nspname || '.' || dc.relname) from pg_rewrite w
    join pg_depend d on d.objid = w.oid and d.classid = 'pg_rewrite'::regclass
    and d.refclassid = 'pg_class'::regclass join pg_class dc on dc.oid = d.refobjid
    join pg_namespace dn on dn.oid = dc.relnamespace where w.ev_class = c.oid and dc.oid <> c.oid
    and dn.nspname not in ('pg_catalog', 'information_schema')), '{{}}') reads,
  coalesce((select array_agg(p.prosrc) from pg_trigger t join pg_proc p on p.oid = t.tgfoid where t.tgrelid = c.oid
    and not t.tgisinternal), '{{}}') triggers,
  (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
    'insertable', exists (select from aclexplode(a.attacl) g where g.privilege_type = 'INSERT'),
    'base', format_type(b.oid, null), 'category', case when b.typtype = 'e' then 'E' else b.typcategory::text end,
    'required', a.attnotnull or coalesce(t.typnotnull, false),
    'default', coalesce(pg_get_expr(ad.adbin, ad.adrelid), t.typdefault),
    'identity', a.attidentity, 'generated', a.attgenerated <> '',
    'labels', coalesce((select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e
      where e.enumtypid = b.oid), '[]'),
    'fields', coalesce((select jsonb_agg(format_type(f.atttypid, null) order by f.attnum) from pg_attribute f
      where b.typtype = 'c' and f.attrelid = b.typrelid and f.attnum > 0 and not f.attisdropped), '[]'),
    'domain_checks', coalesce((select jsonb_agg(pg_get_constraintdef(k.oid)) from pg_constraint k
      where k.contypid = t.oid), '[]'),
    'length', case when b.oid in (1042, 1043) and m.mod > 4 then m.mod - 4 end,
    'precision', case when b.oid = 1700 and m.mod > 4 then ((m.mod - 4) >> 16) & 65535 end,
    'scale', case when b.oid = 1700 and m.mod > 4 then (m.mod - 4) & 2047 end) order by a.attnum)
   from pg_attribute a join pg_type t on t.oid = a.atttypid
   join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
   left join pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum,
   lateral (select case when t.typtype = 'd' then t.typtypmod else a.atttypmod end mod) m
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) columns,
  (select jsonb_agg(jsonb_build_object('name', k.conname, 'type', k.contype, 'definition', pg_get_constraintdef(k.oid),
    'columns', (select jsonb_agg(a.attname order by x.n) from unnest(k.conkey) with ordinality x(num, n)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.num),
    'target', case when k.confrelid <> 0 then (select fn.nspname || '.' || f.relname from pg_class f
      join pg_namespace fn on fn.oid = f.relnamespace where f.oid = k.confrelid) end,
    'target_columns', (select jsonb_agg(a.attname order by x.n) from unnest(k.confkey) with ordinality x(num, n)
      join pg_attribute a on a.attrelid = k.confrelid and a.attnum = x.num), 'on_delete', k.confdeltype))
   from pg_constraint k where k.conrelid = c.oid and k.contype in ('c', 'f', 'x')) constraints,
  (select jsonb_agg(jsonb_build_object('name', ic.relname, 'primary', i.indisprimary, 'columns',
    (select jsonb_agg(distinct a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
     and (a.attnum = any(i.indkey) or exists (select from pg_depend d
       where d.objid = i.indexrelid and d.refobjid = c.oid and d.refobjsubid = a.attnum)))))
   from pg_index i join pg_class ic on ic.oid = i.indexrelid where i.indrelid = c.oid and i.indisunique) keys,
  (select jsonb_agg(jsonb_build_object('name', p.polname, 'command', p.polcmd, 'permissive', p.polpermissive,
    'roles', (select jsonb_agg(case r when 0 then 'public' else pg_get_userbyid(r) end) from unnest(p.polroles) r),
    'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname)
   from pg_policy p where p.polrelid = c.oid) policies
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relnamespace = any({_CHOSEN}) and c.relpersistence <> 't'
  and c.oid not in ({_OF_EXTENSIONS.format("pg_class")})
order by n.nspname, c.relname
"""
ROUTINES = f"""
select p.oid::int8 oid, n.nspname schema, p.proname routine, p.prokind::text kind, p.prosecdef definer,
  l.lanname::text as language, p.proleakproof leakproof,
  pg_get_userbyid(p.proowner) owner, coalesce(p.proconfig, '{{}}') settings,
  coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) source, format_type(p.prorettype, null) returns,
  case when p.prokind in ('f', 'p') then pg_get_functiondef(p.oid) else '' end definition,
  p.provariadic <> 0 variadic, p.pronargdefaults::int defaults,
  (select coalesce(jsonb_agg(
     jsonb_build_array(coalesce(p.proargnames[x.n], ''), format_type(x.t, null), tt.typtype) order by x.n), '[]')
   from unnest(p.proargtypes::oid[]) with ordinality x(t, n) join pg_type tt on tt.oid = x.t) arguments,
  coalesce((select array_agg(r.rolname::text) from pg_roles r where has_function_privilege(r.oid, p.oid, 'execute')
    and has_schema_privilege(r.oid, n.oid, 'usage') and not r.rolname like 'pg\\_%%'), '{{}}') executors
from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
where p.prokind in ('f', 'p', 'a') and p.pronamespace = any({_CHOSEN})
  and p.oid not in ({_OF_EXTENSIONS.format("pg_proc")})
order by 2, 3, 1
"""
GRANTS = f"""
with chosen as ({SCHEMAS})
select n.nspname || '.' || c.relname name, c.relkind::text kind, n.nspname schema, c.relname bare,
  coalesce((select jsonb_agg(jsonb_build_array(
      case g.grantee when 0 then 'public' else pg_get_userbyid(g.grantee) end, g.privilege_type))
    from aclexplode(c.relacl) g where g.grantee <> c.relowner
    and not exists (select from pg_default_acl da, aclexplode(da.defaclacl) x
      where da.defaclobjtype = case c.relkind when 'S' then 'S' else 'r' end::"char"
      and da.defaclnamespace in (0, n.oid)
      and x.grantee = g.grantee and x.privilege_type = g.privilege_type)), '[]') own_grants
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.oid in (table chosen)
order by 1
"""
ROLES = """
select rolname::text, rolsuper, rolbypassrls, rolcanlogin, rolinherit,
  coalesce((select array_agg(pg_get_userbyid(m.roleid)::text) from pg_auth_members m
    where m.member = r.oid), '{}') member_of
from pg_roles r where rolname !~ '^pg_'
"""
HELD = f"""
with chosen as ({SCHEMAS})
select r.rolname::text role, n.nspname || '.' || c.relname name, array_remove(array[
  case when has_any_column_privilege(r.oid, c.oid, 'select') then 'SELECT' end,
  case when has_any_column_privilege(r.oid, c.oid, 'insert') then 'INSERT' end,
  case when has_any_column_privilege(r.oid, c.oid, 'update') then 'UPDATE' end,
  case when has_table_privilege(r.oid, c.oid, 'delete') then 'DELETE' end], null) privileges
from pg_class c join pg_namespace n on n.oid = c.relnamespace, pg_roles r
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.oid in (table chosen) and r.rolname !~ '^pg_'
  and has_schema_privilege(r.oid, n.oid, 'usage')
"""
