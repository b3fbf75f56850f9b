alter table public.tasks drop constraint tasks_project_code_fkey,
    add foreign key (user_id, project_code) references public.projects (user_id, code);
