create table webhooks (
  id uuid not null constraint webhooks_pkey primary key,
  project_id uuid not null constraint webhooks_project_fkey references projects on delete cascade,
  url text not null,
  kinds text[] not null default '{}',
  description text not null default '',
  -- Sealed with the instance's secret. The previous one also signs until previous_secret_until.
  secret bytea not null,
  previous_secret bytea,
  previous_secret_until timestamptz(3),
  disabled_at timestamptz(3),
  disabled_reason text,
  -- Since when every attempt has failed.
  failing_since timestamptz(3),
  -- Events up to here have been turned into deliveries.
  last_seq bigint not null,
  created_by uuid not null constraint webhooks_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1
);
create index webhooks_list_idx on webhooks (project_id, created_at, id);

-- One event to be told to one endpoint. The payload is not stored: it is the event.
create table webhook_deliveries (
  id uuid not null constraint webhook_deliveries_pkey primary key,
  webhook_id uuid not null constraint webhook_deliveries_webhook_fkey references webhooks on delete cascade,
  seq bigint not null,
  status text not null default 'pending'
    constraint webhook_deliveries_status_check check (status in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  -- When the next attempt is due; while one is under way, when it is given up for lost.
  due_at timestamptz(3) not null default now(),
  created_at timestamptz(3) not null default now()
);
create index webhook_deliveries_due_idx on webhook_deliveries (webhook_id, due_at) where status = 'pending';
create index webhook_deliveries_list_idx on webhook_deliveries (webhook_id, seq desc, id desc);
create index webhook_deliveries_created_idx on webhook_deliveries (created_at);

create table webhook_attempts (
  delivery_id uuid not null constraint webhook_attempts_delivery_fkey references webhook_deliveries on delete cascade,
  number integer not null,
  at timestamptz(3) not null default now(),
  status integer,
  error text,
  ms integer not null,
  constraint webhook_attempts_pkey primary key (delivery_id, number)
);
