-- When somebody proved that they read the mail of their address. Accounts that exist count as verified: they could be
-- reached by their address so far. A default that is dropped again gives them the value without a change of each row.
alter table users add column email_verified_at timestamptz(3) default now();
alter table users alter column email_verified_at drop default;
