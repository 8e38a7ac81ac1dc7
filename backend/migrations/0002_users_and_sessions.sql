-- A deleted user stays as a row without personal data, so that what they made still names someone.
create table users (
  id uuid not null constraint users_pkey primary key,
  email text,
  name text not null,
  role text not null default 'user' constraint users_role_check check (role in ('user', 'admin')),
  time_zone text not null default 'UTC',
  password_hash text,
  disabled_at timestamptz(3),
  deleted_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}',
  constraint users_email_check check ((email is null) = (deleted_at is not null))
);
create unique index users_email_key on users (lower(email));
create index users_created_idx on users (created_at, id) where deleted_at is null;
create index users_admins_idx on users (id) where role = 'admin' and disabled_at is null and deleted_at is null;

create trigger users_inserted after insert on users for each row execute function track_insert('user', 'email', 'name', 'password_hash', 'time_zone');
create trigger users_updated before update on users for each row execute function track_update('user', 'email', 'name', 'password_hash', 'time_zone');
create trigger users_deleted after delete on users for each row execute function track_delete('user', 'email', 'name', 'password_hash', 'time_zone');

-- One row per log-in. The refresh token is signed and carries the session's id and counter, so nothing here
-- authenticates anybody. counter says which token of the chain is the current one.
create table sessions (
  id uuid not null constraint sessions_pkey primary key,
  user_id uuid not null constraint sessions_user_fkey references users on delete cascade,
  counter integer not null default 1,
  user_agent text,
  ip inet,
  created_at timestamptz(3) not null default now(),
  refreshed_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null
);
create index sessions_user_idx on sessions (user_id, created_at desc, id desc);
create index sessions_expires_idx on sessions (expires_at);

-- Counters of attempts to guess a secret, shared by all replicas. The key is a digest, never an e-mail or address.
create table throttles (
  key bytea not null constraint throttles_pkey primary key,
  count integer not null,
  resets_at timestamptz(3) not null
);
create index throttles_resets_idx on throttles (resets_at);
