-- A payment is a chain of legs, each a transfer of its own; payment_id is that of the main one, which the API names. A
-- null balance on one side is a bank outside. Parties are customers, or the account itself by its own id. held_for is
-- the customer while the money waits for its verification, owed_to the bank that a pending credit is to reach.
create table transfers (
  account_id uuid not null,
  id uuid not null,
  payment_id uuid not null,
  role text not null check (role in ('debit', 'party', 'payout', 'fee')),
  status text not null check (status in ('pending', 'processed', 'failed', 'cancelled')),
  awaits text check (awaits in ('run', 'leg', 'verification', 'late-return')),
  due timestamptz,
  exports timestamptz,
  amount_cents bigint not null check (amount_cents > 0),
  source_party uuid not null,
  destination_party uuid not null,
  source_funding_source uuid,
  destination_funding_source uuid,
  from_balance uuid,
  to_balance uuid,
  held_for uuid,
  owed_to uuid,
  funding_transfer uuid,
  funded_transfer uuid,
  created_from uuid,
  individual_ach_id text,
  late_return_code text,
  failure_code text,
  failed_funding_source uuid,
  failed timestamptz,
  fees jsonb not null,
  clearing jsonb,
  processing_channel text,
  ach_details jsonb,
  metadata jsonb,
  correlation_id text,
  search_text text not null,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id),
  check ((status = 'failed') = (failure_code is not null)),
  check (status in ('pending', 'processed') or awaits is null),
  check ((awaits is not null) or status <> 'pending'),
  check ((held_for is not null) = (status = 'pending' and awaits is not distinct from 'verification')),
  check (owed_to is null or status = 'pending')
);

create index transfers_from on transfers (account_id, source_party, created, ordinal, id) where ordinal > 0;
create index transfers_to on transfers (account_id, destination_party, created, ordinal, id) where ordinal > 0;
create index transfers_awaited on transfers (account_id, created, ordinal, id) where awaits in ('run', 'late-return');
create index transfers_due on transfers (account_id, awaits, due, created, ordinal, id)
  where awaits in ('run', 'late-return') and due is not null;
create index transfers_held_for on transfers (account_id, held_for, created, ordinal, id) where held_for is not null;
create index transfers_owed_to on transfers (account_id, owed_to, created, ordinal, id) where owed_to is not null;
create index transfers_fees_of on transfers (account_id, created_from, created, ordinal, id)
  where created_from is not null;

-- How much a customer has sent or received in a week (UTC): the id says who, which, and the Monday it began on.
create table moved_in_week (
  account_id uuid not null,
  id text not null,
  amount_cents bigint not null check (amount_cents >= 0),
  primary key (account_id, id)
);

-- What was said of a transfer by the correlation id it was given.
alter table events add column correlation_id text;

-- The worlds whose due work a server does now; until is real time, so that another takes over from one that has died.
create table due_leases (
  account_id uuid not null,
  world_id uuid not null,
  until timestamptz not null,
  primary key (account_id)
);

-- Bank accounts that a return has barred: the id is the fingerprint, whoever has such an account.
create table blocked_banks (
  account_id uuid not null,
  id text not null,
  code text not null,
  created timestamptz not null,
  primary key (account_id, id)
);
