"""The statements of `workspaces`. Memberships change only through functions that know the caller's rank."""

from __future__ import annotations

LIST = """
select w.id, w.name, w.slug, w.owner_identification_number, w.created_at, m.role
  from public.workspace_members m join public.workspaces w on w.id = m.workspace_id
 where m.user_id = %(user)s and m.is_active
 order by (w.owner_id = m.user_id) desc, m.joined_at, w.id
"""
TAKE_TURNS = "select pg_advisory_xact_lock(hashtextextended('workspaces of ' || auth.uid(), 0))"
"""Two workspaces that one person makes at once would find the same slug free."""
CREATE = "select private.create_workspace(%(name)s, %(now)s) as id"
INVITE = "select private.invite(%(workspace)s, %(email)s, %(role)s, %(now)s)"
REMOVE = "select private.remove_member(%(workspace)s, %(user)s, %(now)s) as outcome"
