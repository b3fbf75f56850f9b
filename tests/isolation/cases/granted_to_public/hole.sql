-- finds: read internal.ledger
-- PUBLIC is everybody, whom a REVOKE from the API roles does not reach.
create schema internal;
create table internal.ledger (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    entry text not null
);
grant usage on schema internal to public;
grant select on internal.ledger to public;
revoke all on internal.ledger from anon, authenticated;
