-- no transaction
-- squawk-ignore-file require-lock-timeout, require-statement-timeout
-- (migrate.ts sets both.)
-- What happened to that which hangs on something, such as the comments of a task, for the history of that.
drop index concurrently if exists events_parent_idx;
create index concurrently events_parent_idx on events (parent_id, seq) where parent_id is not null;
