alter table tasks add column estimate_minutes integer;

-- Time that somebody spent on a task. While `ended_at` is null it is a timer that runs, one of a person.
create table time_entries (
  id uuid not null constraint time_entries_pkey primary key,
  project_id uuid not null constraint time_entries_project_fkey references projects on delete cascade,
  task_id uuid not null constraint time_entries_task_fkey references tasks on delete cascade,
  started_at timestamptz(3) not null,
  ended_at timestamptz(3),
  note text not null default '',
  deleted_at timestamptz(3),
  created_by uuid not null constraint time_entries_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}',
  constraint time_entries_end_check check (ended_at >= started_at and ended_at - started_at <= interval '31 days')
);
create unique index time_entries_running_key on time_entries (created_by) where ended_at is null and deleted_at is null;
create index time_entries_task_idx on time_entries (task_id, started_at, id);
create index time_entries_started_idx on time_entries (project_id, started_at);
create index time_entries_project_idx on time_entries (project_id, id);
create index time_entries_purge_idx on time_entries (deleted_at) where deleted_at is not null;

create trigger time_entries_limit before insert on time_entries for each row execute function refuse_beyond('task_id', '5000');
create trigger tasks_move_time_entries after update of project_id on tasks
  for each row when (new.project_id is distinct from old.project_id) execute function move_along('time_entries', 'task_id');
