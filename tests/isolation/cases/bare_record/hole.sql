-- finds: routine public.ledger_line(uuid)
-- What comes back has no columns to list, and is somebody's all the same.
create table public.ledger (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    told text not null
);
alter table public.ledger enable row level security;
create policy own on public.ledger for select to authenticated using (user_id = (select auth.uid()));
create function public.ledger_line(p_id uuid) returns record
language plpgsql stable security definer set search_path = '' as $$
declare found record;
begin
    select l.told, l.user_id into found from public.ledger l where l.id = p_id;
    return found;
end $$;
