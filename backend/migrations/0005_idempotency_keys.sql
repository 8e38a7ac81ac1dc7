-- What a request with an Idempotency-Key was answered, written in the transaction of its effect: both or neither.
-- The answer is encrypted, since it may hold something secret; the fingerprint is keyed. No foreign key to users:
-- a request without a user (a registration) has the nil UUID.
create table idempotency_keys (
  user_id uuid not null,
  route text not null,
  key text not null,
  fingerprint bytea not null,
  status smallint not null,
  headers jsonb not null,
  body bytea not null,
  created_at timestamptz(3) not null default now(),
  constraint idempotency_keys_pkey primary key (user_id, route, key)
);
create index idempotency_keys_created_idx on idempotency_keys (created_at);
