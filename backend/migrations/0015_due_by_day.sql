-- no transaction
-- squawk-ignore-file require-lock-timeout, require-statement-timeout
-- (migrate.ts sets both.)
-- Where a day ends depends on who looks, so that no index has all tasks in the order in which they are due: one for
-- those due on a day, one for those due at an instant, one for the rest. A task is in one of them.
drop index concurrently if exists tasks_due_on_idx;
create index concurrently tasks_due_on_idx on tasks (project_id, due_on, id) where deleted_at is null and due_on is not null;
drop index concurrently if exists tasks_due_at_idx;
create index concurrently tasks_due_at_idx on tasks (project_id, due_at, id) where deleted_at is null and due_at is not null;
drop index concurrently if exists tasks_due_none_idx;
create index concurrently tasks_due_none_idx on tasks (project_id, id) where deleted_at is null and due_on is null and due_at is null;
-- The release before this one lists by due date without it, by sorting.
drop index concurrently if exists tasks_due_idx;
