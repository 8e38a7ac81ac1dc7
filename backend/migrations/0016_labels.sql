create table labels (
  id uuid not null constraint labels_pkey primary key,
  project_id uuid not null constraint labels_project_fkey references projects on delete cascade,
  name text not null,
  color text not null default '#6b7280',
  description text not null default '',
  deleted_at timestamptz(3),
  created_by uuid not null constraint labels_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}'
);
-- One in the trash does not keep its name from others: whoever restores it may have to rename the other one first.
create unique index labels_name_key on labels (project_id, lower(name)) where deleted_at is null;
create index labels_project_idx on labels (project_id, id);
create index labels_purge_idx on labels (deleted_at) where deleted_at is not null;

-- Counts after it holds the project, so that two who add the last label at once are not both let in. Here and not in a
-- statement, because creating, restoring and undoing all add one, and a statement counts what was there when it began.
create function limit_labels() returns trigger language plpgsql as $$
begin
  perform from projects where id = new.project_id for no key update;
  if (select count(*) from labels where project_id = new.project_id and deleted_at is null) > 500 then
    raise exception 'too many labels' using errcode = 'check_violation', constraint = 'labels_limit';
  end if;
  return null;
end $$;
create constraint trigger labels_limit after insert or update of deleted_at on labels
  for each row when (new.deleted_at is null) execute function limit_labels();
