alter table public.tasks drop constraint tasks_project_id_fkey,
    add foreign key (user_id, project_id) references public.projects (user_id, id);
