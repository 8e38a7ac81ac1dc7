create table files (
  id uuid not null constraint files_pkey primary key,
  project_id uuid not null constraint files_project_fkey references projects on delete cascade,
  task_id uuid not null constraint files_task_fkey references tasks on delete cascade,
  name text not null,
  media_type text not null,
  size bigint not null,
  sha256 text not null,
  deleted_at timestamptz(3),
  created_by uuid not null constraint files_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}'
);
create index files_task_idx on files (task_id, created_at, id) include (deleted_at);
-- Also adds up their sizes, without a look at the rows.
create index files_project_idx on files (project_id, created_at, id) include (size);
create index files_purge_idx on files (deleted_at) where deleted_at is not null;

-- Contents that are or may be in the store without a file in the table above: written down before anything is stored,
-- taken out in the transaction that makes the file, and written down again when the file is purged. So a crash at any
-- moment leaves nothing that is not in here. Those that are going can no longer become a file.
create table unclaimed_contents (
  id uuid not null constraint unclaimed_contents_pkey primary key,
  since timestamptz(3) not null default now(),
  going boolean not null default false
);
create index unclaimed_contents_since_idx on unclaimed_contents (since);

create function leave_content() returns trigger language plpgsql as $$
begin
  insert into unclaimed_contents (id, going) values (old.id, true);
  return null;
end $$;
create trigger files_content after delete on files for each row execute function leave_content();

create trigger files_limit before insert on files for each row execute function refuse_beyond('project_id', '10000');
create trigger tasks_move_files after update of project_id on tasks
  for each row when (new.project_id is distinct from old.project_id) execute function move_along('files', 'task_id');
