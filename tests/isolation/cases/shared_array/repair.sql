alter policy edit on public.projects using ((select auth.uid()) = any (editors));
