-- no transaction
-- squawk-ignore-file require-lock-timeout, require-statement-timeout
-- (migrate.ts sets both.)
-- Also those of tasks in the trash, which lose a label that is deleted as all others do.
drop index concurrently if exists tasks_labels_idx;
create index concurrently tasks_labels_idx on tasks using gin (label_ids) with (fastupdate = off) where label_ids <> '{}';
alter table tasks validate constraint tasks_labels_check;
alter table tasks validate constraint tasks_assignees_check;
