alter policy own on public.boards using (team_id::text in (
    select jsonb_array_elements_text(coalesce(auth.jwt() -> 'app_metadata' -> 'teams', '[]'))));
