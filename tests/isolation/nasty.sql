-- Tables as they are found in practice, each with something that makes a row hard to invent.
create type plan as enum ('free', 'pro', 'enterprise');
create type address as (street text, city text, zip integer);
create domain email as text check (value ~* '^[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}$');
create domain cents as bigint not null check (value between 0 and 100000000);
create domain iso_currency as char(3) check (value ~ '^[A-Z]{3}$');
create domain percentage as numeric(5, 2) default 50 check (value >= 0 and value <= 100);

-- A trigger on the users makes a profile, and needs what the sign-up form would have sent.
create table profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  full_name text not null,
  handle text not null unique check (handle ~ '^[a-z][a-z0-9_]{2,29}$'),
  is_admin boolean not null default false
);
create function handle_new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, full_name, handle)
    values (new.id, 'New user', 'u_' || substr(replace(new.id::text, '-', ''), 1, 20));
  return new;
end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute function handle_new_user();

create table workspaces (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z0-9]+(?:-[a-z0-9]+)*$' and char_length(slug) between 3 and 40),
  name text not null check (btrim(name) <> ''),
  plan plan not null default 'free',
  seats smallint not null check (seats > 0 and seats <= 50),
  main_project_id uuid
);
create table workspace_members (
  workspace_id uuid not null references workspaces (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member')),
  primary key (workspace_id, user_id)
);

-- A cycle of foreign keys, one way may be null; composite keys carry the tenant along.
create table projects (
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null references workspaces (id) on delete cascade,
  key text not null check (key ~ '^[A-Z]{2,5}$'),
  starts_on date not null,
  ends_on date not null,
  budget numeric(12, 2) not null,
  spent numeric(12, 2) not null,
  primary key (workspace_id, id),
  unique (id),
  unique nulls not distinct (workspace_id, key),
  check (ends_on > starts_on),
  check (spent <= budget and budget >= 0)
);
alter table workspaces add foreign key (main_project_id) references projects (id);

create table tasks (
  id bigint generated always as identity,
  workspace_id uuid not null,
  project_id uuid not null,
  parent_id bigint,
  title varchar(12) not null,
  status text not null default 'open' check (status in ('open', 'done', 'cancelled')),
  done_at timestamptz,
  progress percentage not null,
  search tsvector generated always as (to_tsvector('simple', title)) stored,
  primary key (workspace_id, id),
  foreign key (workspace_id, project_id) references projects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, parent_id) references tasks (workspace_id, id),
  check ((status = 'done') = (done_at is not null))
);

-- Cycles of keys that may not be null: of three deferrable ones, of two that are not, and of one with itself.
create table legs_a (id uuid primary key, workspace_id uuid not null references workspaces (id), next uuid not null);
create table legs_b (id uuid primary key, workspace_id uuid not null references workspaces (id), next uuid not null);
create table legs_c (id uuid primary key, workspace_id uuid not null references workspaces (id), next uuid not null);
alter table legs_a add foreign key (next) references legs_b (id) deferrable initially deferred;
alter table legs_b add foreign key (next) references legs_c (id) deferrable initially deferred;
alter table legs_c add foreign key (next) references legs_a (id) deferrable initially deferred;
create table chickens (id uuid primary key, owner_id uuid not null references auth.users (id), egg_id uuid not null);
create table eggs (id uuid primary key, owner_id uuid not null references auth.users (id), chicken_id uuid not null);
alter table chickens add foreign key (egg_id) references eggs (id);
alter table eggs add foreign key (chicken_id) references chickens (id);
create table folders (
  id integer primary key,
  workspace_id uuid not null references workspaces (id),
  parent_id integer not null references folders (id)
);

-- Every built-in type, not null and without a default.
create table kitchen_sink (
  owner_id uuid not null references auth.users (id),
  a smallint not null, b integer not null, c bigint not null, d numeric not null, e numeric(4, 1) not null,
  f real not null, g double precision not null, h money not null, i boolean not null, j char(4) not null,
  k varchar(3) not null, l text not null, m bytea not null, n date not null, o time not null, p timetz not null,
  q timestamp not null, r timestamptz not null, s interval not null, t inet not null, u cidr not null,
  v macaddr not null, w macaddr8 not null, x point not null, y line not null, z lseg not null, aa box not null,
  ab path not null, ac polygon not null, ad circle not null, ae json not null, af jsonb not null,
  ag jsonpath not null, ai tsvector not null, aj tsquery not null, ak bit not null,
  al bit(8) not null, am varbit(5) not null, an int4range not null, ao tstzrange not null, ap datemultirange not null,
  aq integer[] not null, ar text[] not null, "at" plan[] not null, au address not null, av address[] not null,
  aw oid not null, ax regclass not null, ay regrole not null, az name not null, ba "char" not null,
  bb pg_lsn not null, bc txid_snapshot not null, bd xid8 not null, be email not null, bf cents, bg iso_currency not null,
  bh uuid not null, bi plan not null, bj int8multirange not null, bk regtype not null, bl regconfig not null
);

-- Checks of the shapes that people write.
create table contacts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id),
  email text not null check (email ~* '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
  phone text not null check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  website text check (website is null or website like 'https://%'),
  color text not null check (color ~ '^#[0-9a-fA-F]{6}$'),
  country text not null check (length(country) = 2 and country = upper(country)),
  currency char(3) not null check (currency in ('INR', 'USD', 'EUR')),
  external_id text not null check (external_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'),
  checksum text not null unique check (checksum ~ '^[0-9a-f]{64}$'),
  pin text not null check (pin similar to '[1-9][0-9]{5}'),
  gstin text not null check (gstin ~ '^[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]$'),
  version text not null check (version ~ '^v?\d+\.\d+\.\d+$'),
  tags text[] not null check (cardinality(tags) between 1 and 10),
  channels text[] not null check (channels <@ array['email', 'sms', 'push'] and array_length(channels, 1) >= 1),
  settings jsonb not null check (jsonb_typeof(settings) = 'object' and settings ? 'theme'),
  lines jsonb not null check (jsonb_typeof(lines) = 'array' and jsonb_array_length(lines) > 0),
  geo jsonb not null check ((geo ->> 'lat')::numeric between -90 and 90 and jsonb_typeof(geo -> 'label') = 'string'),
  lower_name text not null check (lower_name = lower(lower_name) and octet_length(lower_name) <= 63),
  born date check (born < '2020-01-01'),
  opens time not null, closes time not null, check (closes > opens),
  lead interval not null check (lead >= interval '1 hour' and lead < interval '90 days'),
  latitude double precision not null check (latitude >= -90 and latitude <= 90),
  weekday smallint not null check (weekday in (1, 2, 3, 4, 5)),
  month date not null check (date_trunc('month', month) = month)
);

-- Exactly one of several owners; an implication between columns; a sum.
create table attachments (
  id uuid primary key,
  user_id uuid not null references auth.users (id),
  contact_id uuid references contacts (id),
  chicken_id uuid references chickens (id),
  url text,
  body bytea,
  check (num_nonnulls(contact_id, chicken_id) = 1),
  check (num_nulls(url, body) = 1)
);
create table invoices (
  id bigserial primary key,
  user_id uuid not null references auth.users (id),
  number text not null,
  net cents, tax cents, total bigint not null check (total = net + tax),
  kind text not null check (kind in ('fixed', 'usage')),
  units integer,
  discount_type text check (discount_type in ('percent', 'amount')),
  discount numeric,
  check (kind <> 'usage' or units > 0),
  check ((discount_type is null) = (discount is null)),
  check (discount_type <> 'percent' or discount between 1 and 100),
  unique (user_id, number)
);
create unique index invoices_number_key on invoices (lower(number)) where kind = 'fixed';

-- No two bookings of a room at once; ranges that may not be empty.
create table bookings (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id),
  during tstzrange not null check (not isempty(during) and lower(during) is not null),
  slots int4range not null check (lower(slots) >= 0 and upper(slots) <= 96),
  exclude using gist (during with &&)
);

-- Partitions: by range with a default, by list of the tenant's region, by hash; an inheritance child.
create table events (
  id bigint generated by default as identity, workspace_id uuid not null references workspaces (id),
  at timestamptz not null, note text, primary key (id, at)
) partition by range (at);
create table events_2026_01 partition of events for values from ('2026-01-01') to ('2026-02-01');
create table events_2026_02 partition of events for values from ('2026-02-01') to ('2026-03-01');
create table events_rest partition of events default;
create table visits (id uuid not null, user_id uuid not null references auth.users (id), region text not null)
  partition by list (region);
create table visits_eu partition of visits for values in ('eu', 'uk');
create table visits_others partition of visits for values in ('in', null) partition by hash (id);
create table visits_others_0 partition of visits_others for values with (modulus 3, remainder 0);
create table visits_others_1 partition of visits_others for values with (modulus 3, remainder 1);
create table visits_others_2 partition of visits_others for values with (modulus 3, remainder 2);
create table documents (id uuid primary key, user_id uuid not null references auth.users (id), title text not null);
create table archived_documents (archived_at timestamptz not null, check (archived_at < '2030-01-01'))
  inherits (documents);

-- Triggers: the tenant comes from the caller, the parent must exist and be open, a row starts as a draft.
create table notes (id uuid primary key default gen_random_uuid(), user_id uuid not null, body text not null);
create function own_note() returns trigger language plpgsql as $$
begin
  if auth.uid() is null then raise exception 'sign in first'; end if;
  new.user_id := auth.uid();
  return new;
end $$;
create trigger own before insert on notes for each row execute function own_note();
create table orders (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id),
  state text not null default 'draft' check (state in ('draft', 'placed', 'paid', 'cancelled'))
);
create function begin_as_draft() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and new.state <> 'draft' then raise exception 'an order starts as a draft'; end if;
  return new;
end $$;
create trigger draft before insert or update on orders for each row execute function begin_as_draft();
create table order_lines (
  order_id uuid not null references orders (id) on delete cascade, line smallint not null check (line > 0),
  quantity integer not null check (quantity > 0), price_cents cents,
  amount bigint generated always as (quantity * price_cents) stored check (amount < 1000000),
  primary key (order_id, line)
);
create function of_an_open_order() returns trigger language plpgsql as $$
begin
  if not exists (select from orders where id = new.order_id and state = 'draft') then raise exception 'closed'; end if;
  return new;
end $$;
create trigger open_only before insert on order_lines for each row execute function of_an_open_order();
create table settings (
  user_id uuid primary key references auth.users (id), locale text not null check (locale ~ '^[a-z]{2}(-[A-Z]{2})?$')
);
create function settle() returns trigger language plpgsql security definer as $$
begin
  insert into settings (user_id, locale) values (new.id, 'en') on conflict do nothing;
  return new;
end $$;
create trigger settle after insert on profiles for each row execute function settle();

-- As storage has it: a bucket by name, and a key that the owner's id begins.
create table buckets (id text primary key, name text not null unique, owner uuid references auth.users (id));
create table objects (
  id uuid primary key default gen_random_uuid(), bucket_id text not null references buckets (id),
  name text not null, owner uuid references auth.users (id), metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored, unique (bucket_id, name)
);
