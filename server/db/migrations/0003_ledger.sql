-- Banks and balances of the account and its customers. The owner is a customer, or the account itself: then its id is
-- the account's, so that the sources of either are found alike. bank_key is what no two banks of one owner may share; a
-- removed bank keeps it until the same bank is added anew. balance_of is the owner whose one balance it is.
create table funding_sources (
  account_id uuid not null,
  id uuid not null,
  owner_id uuid not null,
  customer_id uuid,
  type text not null check (type in ('bank', 'balance')),
  status text not null check (status in ('unverified', 'verified')),
  name text not null,
  bank_account_type text check (bank_account_type in ('checking', 'savings', 'general-ledger', 'loan')),
  bank_name text,
  channels jsonb not null,
  fingerprint text,
  bank_key text,
  balance_of uuid,
  sealed_numbers bytea,
  was_verified boolean not null,
  is_removed boolean not null,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id),
  check (owner_id = coalesce(customer_id, account_id)),
  check (balance_of is not distinct from case type when 'balance' then owner_id end),
  check ((type = 'bank') = (bank_account_type is not null and fingerprint is not null and sealed_numbers is not null))
);

create unique index funding_sources_by_bank on funding_sources (account_id, bank_key) where bank_key is not null;
create unique index funding_sources_by_balance on funding_sources (account_id, balance_of) where balance_of is not null;
create index funding_sources_of_owner on funding_sources (account_id, owner_id, created, ordinal, id)
  where owner_id is not null;

-- What somebody agreed to who lets the account ask for payments later; good for one bank.
create table on_demand_authorizations (
  account_id uuid not null,
  id uuid not null,
  funding_source_id uuid,
  created timestamptz not null,
  primary key (account_id, id)
);

-- Two small deposits that prove who can see a bank account; the id is the bank's, the fingerprint that of its numbers
-- when they were sent.
create table micro_deposits (
  account_id uuid not null,
  id uuid not null,
  fingerprint text not null,
  amount1_cents integer not null check (amount1_cents > 0),
  amount2_cents integer not null check (amount2_cents > 0),
  status text not null check (status in ('pending', 'processed', 'failed')),
  failure_code text,
  wrong_attempts integer not null check (wrong_attempts >= 0),
  due timestamptz,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id),
  check ((status = 'failed') = (failure_code is not null))
);

create index micro_deposits_pending on micro_deposits (account_id, created, ordinal, id) where status = 'pending';
create index micro_deposits_due on micro_deposits (account_id, due, created, ordinal, id) where due is not null;

-- Money that moved: double entry, only ever added to. transfer_id is the transfer whose step it was; a seed has none.
create table ledger_transactions (
  account_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('seed', 'debit-settled', 'debit-returned', 'credit-started', 'credit-settled',
    'credit-undone', 'credit-returned', 'moved', 'held', 'released', 'fee')),
  transfer_id uuid,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id),
  check ((kind = 'seed') = (transfer_id is null))
);

-- Whatever else goes wrong, no step of a transfer is posted twice.
create unique index ledger_transactions_by_step on ledger_transactions (account_id, transfer_id, kind)
  where transfer_id is not null;

create table ledger_entries (
  account_id uuid not null,
  id uuid not null,
  transaction_id uuid not null,
  account text not null check (account in ('bank', 'in-transit', 'balance')),
  balance_id uuid,
  amount_cents bigint not null check (amount_cents <> 0),
  currency text not null check (currency = 'USD'),
  primary key (account_id, id),
  check ((account = 'balance') = (balance_id is not null))
);

-- What the entries of a balance come to; the id is that of its funding source.
create table balances (
  account_id uuid not null,
  id uuid not null,
  amount_cents bigint not null,
  updated timestamptz not null,
  primary key (account_id, id)
);

-- The worlds there are already have an account, and every account has a balance.
insert into funding_sources (account_id, id, owner_id, customer_id, type, status, name, channels, balance_of,
  was_verified, is_removed, created, ordinal)
select account_id, gen_random_uuid(), account_id, null, 'balance', 'verified', 'Balance', '[]', account_id, true, false,
  created, ordinal
from worlds;

insert into balances (account_id, id, amount_cents, updated)
select account_id, id, 0, created from funding_sources;
