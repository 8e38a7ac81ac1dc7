-- no transaction
-- squawk-ignore-file require-lock-timeout, require-statement-timeout
-- (migrate.ts sets both.)
drop index concurrently if exists projects_creator_idx;
-- How many somebody has made, for the limit in the next file.
create index concurrently projects_creator_idx on projects (created_by);
