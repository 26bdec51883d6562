-- One row: proof that the keys a program starts with are those this database was sealed and indexed with.
create table instance (
  id integer primary key check (id = 1),
  seal_check bytea not null,
  index_check bytea not null
);

-- A world is one Dwolla account; its id stays when a reset gives it a new account.
create table worlds (
  id uuid primary key,
  account_id uuid not null unique,
  name text not null,
  clock_frozen_at timestamptz,
  clock_offset_ms bigint not null,
  settings jsonb not null,
  created timestamptz not null,
  ordinal bigint not null
);

create table applications (
  account_id uuid not null,
  id uuid not null,
  name text not null,
  status text not null check (status in ('active', 'disabled')),
  ip_allow_list jsonb not null,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id)
);

-- The id is a digest of the key: a key is found before its account is known.
create table application_keys (
  id uuid primary key,
  account_id uuid not null,
  application_id uuid not null,
  key text not null,
  secret_hash bytea not null,
  generation integer not null check (generation > 0),
  status text not null check (status in ('active', 'disabled')),
  created timestamptz not null,
  ordinal bigint not null
);

create index application_keys_of_application on application_keys (account_id, application_id);

create table customers (
  account_id uuid not null,
  id uuid not null,
  type text not null check (type in ('unverified', 'receive-only')),
  status text not null check (status in ('unverified', 'suspended', 'deactivated')),
  first_name text not null,
  last_name text not null,
  email text not null,
  email_key text not null,
  business_name text,
  ip_address text,
  phone text,
  correlation_id text,
  search_text text not null,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id)
);

-- Indexes beside the primary key are partial, so that PostgreSQL takes each for nothing but what it is there for. All of
-- them begin with account_id, and where an account seems to have one row, as in every new table, all seem to cost the same.
create unique index customers_by_email on customers (account_id, email_key) where email_key is not null;
create unique index customers_by_correlation on customers (account_id, correlation_id) where correlation_id is not null;
create index customers_listed on customers (account_id, created, ordinal, id) where ordinal > 0;

-- The outbox: an event is as durable as the change it tells of, because they commit together.
create table events (
  account_id uuid not null,
  id uuid not null,
  topic text not null,
  resource_type text not null,
  resource_id uuid not null,
  customer_id uuid,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id)
);

create index events_listed on events (account_id, created, ordinal, id) where ordinal > 0;

-- A client token that was used; its row is what makes it single-use.
create table redeemed_tokens (
  account_id uuid not null,
  id uuid not null,
  expires timestamptz not null,
  primary key (account_id, id)
);

-- The answer to a request that carried an Idempotency-Key; the id is a digest of what makes two requests the same.
create table idempotency_records (
  account_id uuid not null,
  id uuid not null,
  status integer not null check (status in (200, 201)),
  location text,
  sealed_body bytea,
  expires timestamptz not null,
  primary key (account_id, id),
  check ((status = 201) = (location is not null and sealed_body is null))
);
