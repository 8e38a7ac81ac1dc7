-- Numbers are given out here and not in projects, so that creating a task neither changes the project's version
-- nor waits for somebody who edits it. Moved and deleted tasks leave their number behind: a reference is never reused.
create table task_numbers (
  project_id uuid not null constraint task_numbers_pkey primary key constraint task_numbers_project_fkey references projects on delete cascade,
  last_number integer not null default 0
);

create table tasks (
  id uuid not null constraint tasks_pkey primary key,
  project_id uuid not null constraint tasks_project_fkey references projects on delete cascade,
  number integer not null,
  title text not null,
  description text not null default '',
  status text not null default 'todo' constraint tasks_status_check check (status in ('todo', 'in_progress', 'done', 'cancelled')),
  priority text not null default 'none' constraint tasks_priority_check check (priority in ('none', 'low', 'medium', 'high', 'urgent')),
  assignee_ids uuid[] not null default '{}',
  start_on date,
  due_on date,
  due_at timestamptz(3),
  position double precision not null,
  completed_at timestamptz(3),
  deleted_at timestamptz(3),
  created_by uuid not null constraint tasks_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}',
  constraint tasks_number_key unique (project_id, number),
  constraint tasks_due_check check (due_on is null or due_at is null)
);

-- One index for each order a project's tasks can be listed in; tasks/queries.ts names the same expressions.
create index tasks_position_idx on tasks (project_id, position, id) where deleted_at is null;
create index tasks_created_idx on tasks (project_id, created_at, id) where deleted_at is null;
create index tasks_updated_idx on tasks (project_id, updated_at, id) where deleted_at is null;
create index tasks_due_idx on tasks (project_id, coalesce(due_at, timezone('UTC', (due_on + 1)::timestamp), 'infinity'), id) where deleted_at is null;
create index tasks_priority_idx on tasks (project_id, array_position(array['none', 'low', 'medium', 'high', 'urgent'], priority), id) where deleted_at is null;
create index tasks_assignees_idx on tasks using gin (assignee_ids) where deleted_at is null;

create trigger tasks_inserted after insert on tasks for each row execute function track_insert('task');
create trigger tasks_updated before update on tasks for each row execute function track_update('task');
create trigger tasks_deleted after delete on tasks for each row execute function track_delete('task');

-- How many tasks a project has in each status, kept as they change, so that reading it costs the same at any size.
-- Each database connection adds to one of sixteen rows; a single row would make everybody who works in one project queue.
create table task_counts (
  project_id uuid not null constraint task_counts_project_fkey references projects on delete cascade,
  status text not null,
  slot smallint not null,
  count bigint not null,
  constraint task_counts_pkey primary key (project_id, status, slot)
);

create function count_tasks() returns trigger language plpgsql as $$
begin
  -- In order of status, so that two opposite changes cannot lock each other's rows.
  insert into task_counts as counts (project_id, status, slot, count)
  select project_id, status, pg_backend_pid() % 16, sum(change)
  from (
    select old.project_id, old.status, -1 where tg_op <> 'INSERT' and old.deleted_at is null
    union all
    select new.project_id, new.status, 1 where tg_op <> 'DELETE' and new.deleted_at is null
  ) as changes (project_id, status, change)
  group by project_id, status having sum(change) <> 0
  order by project_id, status
  on conflict (project_id, status, slot) do update set count = counts.count + excluded.count;
  return null;
end $$;

create trigger tasks_counted after insert or delete on tasks for each row execute function count_tasks();
create trigger tasks_recounted after update of status, project_id, deleted_at on tasks for each row
  when (old.status <> new.status or old.project_id <> new.project_id or (old.deleted_at is null) <> (new.deleted_at is null))
  execute function count_tasks();
