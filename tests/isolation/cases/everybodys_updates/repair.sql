alter policy "Users can update own profile." on public.profiles using ((select auth.uid()) = user_id);
