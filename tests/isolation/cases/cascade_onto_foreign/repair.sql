alter table public.documents drop constraint documents_label_id_fkey,
    add foreign key (user_id, label_id) references public.labels (user_id, id) on delete cascade;
