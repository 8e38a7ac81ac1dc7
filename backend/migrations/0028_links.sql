-- A link between two tasks is two rows, one for each side with its project, so that what happens to it is told, and may be
-- seen and undone, on both. `kind` is what it is from the side of the row.
create table links (
  id uuid not null constraint links_pkey primary key,
  project_id uuid not null constraint links_project_fkey references projects on delete cascade,
  task_id uuid not null constraint links_task_fkey references tasks on delete cascade,
  kind text not null constraint links_kind_check check (kind in ('blocks', 'blocked_by', 'relates_to', 'duplicates', 'duplicated_by')),
  other_id uuid not null constraint links_other_fkey references tasks on delete cascade,
  created_by uuid not null constraint links_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}',
  constraint links_pair_key unique (task_id, kind, other_id),
  constraint links_self_check check (task_id <> other_id)
);
create index links_other_idx on links (other_id);
create index links_project_idx on links (project_id, id);
create trigger links_limit before insert on links for each row execute function refuse_beyond('task_id', '100');
create trigger tasks_move_links after update of project_id on tasks
  for each row when (new.project_id is distinct from old.project_id) execute function move_along('links', 'task_id');

-- The shortest way from one task to another over what each blocks, or null. It gives up after 5,000 tasks (TT022).
create function blocking_path(start uuid, goal uuid) returns uuid[] language plpgsql as $$
declare
  -- Each task that was reached, with the one before it.
  reached jsonb := jsonb_build_object(start, null);
  newest jsonb := reached;
  path uuid[] := array[goal];
begin
  while not reached ? goal::text loop
    newest := (
      select jsonb_object_agg(other_id, task_id) from links
      where task_id = any (array(select jsonb_object_keys(newest)::uuid)) and kind = 'blocks' and not reached ? other_id::text);
    if newest is null then
      return null;
    end if;
    reached := reached || newest;
    if (select count(*) from jsonb_object_keys(reached)) > 5000 then
      raise exception using errcode = 'TT022', message = 'too much is blocked';
    end if;
  end loop;
  while path[1] <> start loop
    path := (reached ->> path[1]::text)::uuid || path;
  end loop;
  return path;
end $$;

-- Whoever links looks one after the other, each once its own link is there; each query of a volatile function sees what
-- was committed before it. So no two links make a circle together, on however many servers. TT021: it would be one.
create function keep_links_open() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('blocking'));
  if blocking_path(new.other_id, new.task_id) is not null then
    raise exception using errcode = 'TT021', message = 'a circle of tasks that block each other';
  end if;
  return null;
end $$;
create constraint trigger links_open after insert on links deferrable
  for each row when (new.kind = 'blocks') execute function keep_links_open();
