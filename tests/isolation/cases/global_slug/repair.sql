drop index public.pages_slug;
create unique index pages_slug on public.pages (workspace_id, lower(slug));
