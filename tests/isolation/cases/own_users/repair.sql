alter policy mine on public.papers using (team_id in (select app.my_teams()));
