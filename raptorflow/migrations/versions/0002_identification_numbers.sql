-- Every user gets a number, the oldest first, and keeps it: U100000, U100001, …
create sequence public.user_id_seq as bigint start 100000 minvalue 100000 no cycle;

alter table public.users add column identification_number varchar(20);
update public.users as u
   set identification_number = 'U' || numbered.number
  from (select id, nextval('public.user_id_seq') as number
          from (select id from public.users order by created_at, id) as by_age) as numbered
 where numbered.id = u.id;

alter table public.users
    alter column identification_number set default 'U' || nextval('public.user_id_seq'),
    alter column identification_number set not null,
    add constraint users_identification_number_key unique (identification_number),
    add constraint users_identification_number_shape check (identification_number ~ '^U[0-9]{1,19}$'),
    add constraint users_id_identification_number_key unique (id, identification_number);
alter sequence public.user_id_seq owned by public.users.identification_number;

create function public.refuse_renumbering() returns trigger
language plpgsql set search_path = '' as $$
begin
    raise exception 'identification numbers are assigned once' using errcode = 'integrity_constraint_violation';
end $$;

create trigger users_number_is_final before update of identification_number on public.users
    for each row when (old.identification_number is distinct from new.identification_number)
    execute function public.refuse_renumbering();
