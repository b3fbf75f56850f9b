alter table public.tags add unique (user_id, name);
alter table public.articles drop constraint articles_tag_fkey,
    add foreign key (user_id, tag) references public.tags (user_id, name);
