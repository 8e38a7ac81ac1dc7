-- no transaction
-- squawk-ignore-file require-lock-timeout, require-statement-timeout
-- (migrate.ts sets both.)
drop index concurrently if exists tasks_parent_idx;
create index concurrently tasks_parent_idx on tasks (parent_id) where parent_id is not null;
alter table tasks drop constraint if exists tasks_parent_fkey;
drop index concurrently if exists tasks_project_key;
create unique index concurrently tasks_project_key on tasks (id, project_id);
-- With the project, so that a parent is in the same one. What hangs on a purged task is in the trash, and goes with it.
alter table tasks add constraint tasks_parent_fkey foreign key (parent_id, project_id) references tasks (id, project_id)
  on delete cascade deferrable not valid;
alter table tasks validate constraint tasks_parent_fkey;
