-- no transaction
-- squawk-ignore-file require-lock-timeout, require-statement-timeout
-- (migrate.ts sets both.)
drop index concurrently if exists users_bots_idx;
create index concurrently users_bots_idx on users (id) where kind = 'bot' and deleted_at is null;
drop index concurrently if exists users_bot_project_idx;
create index concurrently users_bot_project_idx on users (bot_project_id, id) where bot_project_id is not null;
alter table users validate constraint users_kind_check;
alter table users validate constraint users_bot_check;
alter table users validate constraint users_bot_project_fkey;
alter table users validate constraint users_email_check;
