-- squawk-ignore-file require-concurrent-index-creation
-- (Before the first release: there are no rows yet to index.)
create index tasks_trash_idx on tasks (project_id, deleted_at, id) where deleted_at is not null;
create index tasks_purge_idx on tasks (deleted_at) where deleted_at is not null;
create index projects_trash_idx on projects (deleted_at) where deleted_at is not null;
