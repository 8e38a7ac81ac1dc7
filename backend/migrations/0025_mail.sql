-- Mail that is to be sent, written in the transaction of what causes it, so that neither is without the other. It holds no
-- secret: the links in it are signed when it is sent. Without an address it is nobody's: asking for a new password takes
-- the same work whether there is such an account or not.
create table mails (
  id uuid constraint mails_pkey primary key,
  user_id uuid constraint mails_user_fkey references users on delete cascade,
  kind text not null,
  -- What is told once; of two that wait for the same cause there is one.
  cause text not null,
  address text,
  language text not null,
  data jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  due_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  attempts integer not null default 0,
  sent_at timestamptz(3),
  given_up_at timestamptz(3),
  error text
);
create index mails_due_idx on mails (due_at) where sent_at is null and given_up_at is null;
create unique index mails_waiting_key on mails (kind, cause) where sent_at is null and given_up_at is null;
create index mails_cause_idx on mails (kind, cause, sent_at);
create index mails_user_idx on mails (user_id);
create index mails_created_idx on mails (created_at);
create index mails_given_up_idx on mails (given_up_at) where given_up_at is not null;

-- The links that were sent to somebody and are good once: one for each purpose. A link is a signed token that names the
-- row, so nothing in here opens anything. It is good for the address and the password that the account had when it was made.
create table account_links (
  user_id uuid not null constraint account_links_user_fkey references users on delete cascade,
  purpose text not null,
  id uuid not null,
  email text not null,
  generation integer not null,
  expires_at timestamptz(3) not null,
  constraint account_links_pkey primary key (user_id, purpose)
);
create index account_links_expires_idx on account_links (expires_at);
