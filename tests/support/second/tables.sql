-- The second RaptorFlow's tables: the contract's columns under names of its own, in a schema of its own.
create schema shop;
create sequence shop.numbers start 100000;
create table shop.accounts (
    id uuid primary key default gen_random_uuid(), email text unique not null, secret text not null,
    identification_number text unique not null default 'U' || nextval('shop.numbers'));
create table shop.people (user_id uuid primary key references shop.accounts, full_name text);
create table shop.firms (
    id uuid primary key default gen_random_uuid(), owner_id uuid not null references shop.accounts,
    name text not null, created_at timestamptz not null default now());
create table shop.seats (workspace_id uuid references shop.firms, user_id uuid references shop.accounts, role text, is_active boolean);
create table shop.purchases (
    id uuid primary key default gen_random_uuid(), workspace_id uuid not null references shop.firms, key text not null,
    merchant_order_id text unique not null, plan text not null, billing_cycle text not null, amount bigint not null,
    state text not null default 'pending', unique (workspace_id, key));
create table shop.passes (
    workspace_id uuid not null references shop.firms, payment_id uuid unique not null references shop.purchases,
    plan text, billing_cycle text, status text, period_start timestamptz, period_end timestamptz);
create table shop.interviews (
    id uuid primary key default gen_random_uuid(), workspace_id uuid unique not null references shop.firms, state text not null default 'open');
create table shop.replies (
    workspace_id uuid not null references shop.firms, step int, data jsonb not null, version int not null,
    completed_at timestamptz not null default now(), primary key (workspace_id, step));
create table shop.briefs (workspace_id uuid primary key references shop.firms, content jsonb not null);
create table shop.manifests (
    workspace_id uuid not null references shop.firms, version int, checksum text not null, manifest jsonb not null,
    primary key (workspace_id, version));
