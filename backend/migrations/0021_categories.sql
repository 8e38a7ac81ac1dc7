-- no transaction
-- squawk-ignore-file require-lock-timeout, require-statement-timeout
-- (migrate.ts sets both.)
call fill_categories();
alter table tasks drop constraint if exists tasks_category_check;
alter table tasks add constraint tasks_category_check check (category is not null and category in ('todo', 'in_progress', 'done', 'cancelled')) not valid;
drop index concurrently if exists tasks_status_idx;
-- The columns of a board, each in its order; and whether any task has a status, also in the trash.
create index concurrently tasks_status_idx on tasks (project_id, status, position, id);
