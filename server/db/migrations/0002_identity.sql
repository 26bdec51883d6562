-- Customers of every type, and what proves who they are. What identifies a person or a business beyond its name (SSN,
-- EIN, passport, date of birth) is sealed: one column for the customer, one for its controller.
alter table customers
  drop constraint customers_type_check,
  drop constraint customers_status_check,
  add constraint customers_type_check check (type in ('unverified', 'receive-only', 'personal', 'business')),
  add constraint customers_status_check
    check (status in ('unverified', 'retry', 'kba', 'document', 'verified', 'suspended', 'deactivated')),
  add column address1 text,
  add column address2 text,
  add column city text,
  add column state text,
  add column postal_code text,
  add column business_type text
    check (business_type in ('soleProprietorship', 'llc', 'corporation', 'partnership')),
  add column business_classification text,
  add column doing_business_as text,
  add column website text,
  add column controller jsonb,
  add column sealed_identity bytea,
  add column sealed_controller bytea,
  add column status_before text
    check (status_before in ('unverified', 'retry', 'kba', 'document', 'verified')),
  add column retry_scope text check (retry_scope in ('individual', 'business', 'full')),
  add column needed_documents jsonb not null default '[]',
  add column directives jsonb not null default '[]',
  add column ownership text check (ownership in ('uncertified', 'certified', 'recertify')),
  add column recertify_by timestamptz,
  add column outstanding_owners integer not null default 0 check (outstanding_owners >= 0);

-- A deactivated customer goes back to what it was before.
update customers set status_before = 'unverified' where status = 'deactivated';

-- A removed owner stays as a row that nothing shows.
create table beneficial_owners (
  account_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  first_name text not null,
  last_name text not null,
  address jsonb not null,
  verification_status text not null check (verification_status in ('verified', 'document', 'incomplete')),
  sealed_identity bytea not null,
  is_under_review boolean not null,
  is_removed boolean not null,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id)
);

create index beneficial_owners_listed on beneficial_owners (account_id, customer_id, created, ordinal, id)
  where ordinal > 0;

-- What was uploaded about a customer or an owner. The file lies outside, sealed under a key of its own, which is sealed
-- here; content_key is a digest of whose it is and what it holds, so that the same file is not taken twice.
create table documents (
  account_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  owner_id uuid,
  type text not null check (type in ('passport', 'license', 'idCard', 'other')),
  status text not null check (status in ('pending', 'reviewed')),
  verification_status text not null check (verification_status in ('pending', 'accepted', 'rejected')),
  failure_reasons jsonb not null,
  verdict jsonb,
  media_type text not null check (media_type in ('image/png', 'image/jpeg', 'application/pdf')),
  size_bytes integer not null check (size_bytes > 0),
  file_id uuid not null,
  content_key text not null,
  sealed_file_key bytea not null,
  sealed_file_name bytea not null,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id)
);

create unique index documents_by_content on documents (account_id, content_key) where content_key is not null;
create index documents_of_customer on documents (account_id, customer_id, created, ordinal, id)
  where customer_id is not null;
-- A file that was stored and that nothing tells of yet is looked for here when a server starts.
create unique index documents_by_file on documents (account_id, file_id) where file_id is not null;
-- Verdicts that wait for the world's clock to move.
create index documents_due on documents (account_id, created, ordinal, id) where verdict is not null;

-- A set of questions that one customer is asked once.
create table kba_sessions (
  account_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  questions jsonb not null,
  status text not null check (status in ('created', 'retrieved', 'answered')),
  retrieved timestamptz,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id)
);

create index kba_sessions_of_customer on kba_sessions (account_id, customer_id, created, ordinal, id) where ordinal > 0;

-- What waits for the operator of a production account, and what was decided.
create table reviews (
  account_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('customer', 'beneficial-owner', 'document')),
  customer_id uuid not null,
  owner_id uuid,
  document_id uuid,
  status text not null check (status in ('open', 'decided', 'withdrawn', 'obsolete')),
  decision text,
  needs jsonb not null,
  reasons jsonb not null,
  decided timestamptz,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id)
);

create index reviews_listed on reviews (account_id, created, ordinal, id) where ordinal > 0;
create index reviews_of_customer on reviews (account_id, customer_id);

-- Who read what was sealed, or decided about it, and when: only ever added to.
create table audit_entries (
  account_id uuid not null,
  id uuid not null,
  action text not null,
  resource_type text not null,
  resource_id uuid not null,
  details jsonb not null,
  created timestamptz not null,
  ordinal bigint not null,
  primary key (account_id, id)
);

create index audit_entries_listed on audit_entries (account_id, created, ordinal, id) where ordinal > 0;
