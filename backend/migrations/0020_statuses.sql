-- squawk-ignore-file adding-field-with-default
-- The statuses of a project are its own. Each is of a category, and a task has the category beside its status, so that
-- no reader has to look it up. The keys of the four that a project begins with are the categories, so what is there
-- keeps its meaning, and so does what the release before this one reads and writes.
create table statuses (
  id uuid not null constraint statuses_pkey primary key,
  project_id uuid not null constraint statuses_project_fkey references projects on delete cascade,
  key text not null,
  name text not null,
  category text not null constraint statuses_category_check check (category in ('todo', 'in_progress', 'done', 'cancelled')),
  color text not null,
  position double precision not null,
  created_by uuid not null constraint statuses_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}',
  constraint statuses_key_key unique (project_id, key),
  constraint statuses_key_check check (key = category or key not in ('todo', 'in_progress', 'done', 'cancelled'))
);
create unique index statuses_name_key on statuses (project_id, lower(name));
create index statuses_position_idx on statuses (project_id, position, id);
create index statuses_project_idx on statuses (project_id, id);

-- Their ids follow from the project's: a project made twice alike, as the demonstration's are, has the same ones.
create function add_statuses(of_project uuid) returns void language sql as $$
  insert into statuses (id, project_id, key, name, category, color, position, created_by, created_at, updated_at)
  select overlay(overlay(md5(id || word) placing left(replace(id::text, '-', ''), 13) from 1) placing 'a' from 17)::uuid,
    id, word, label, word, shade, place, created_by, created_at, created_at
  from projects, (values
    ('todo', 'To do', '#6b7280', 1), ('in_progress', 'In progress', '#1d70b8', 2),
    ('done', 'Done', '#00703c', 3), ('cancelled', 'Cancelled', '#9ca3af', 4)) as first (word, label, shade, place)
  where id = of_project;
$$;

-- Followed from here on (src/statuses/noun.ts), so that whoever reads the trail is told of these as well.
select track('statuses', 'status', 'project_id', 'id', '{}', '{}', 'name', null, null, '{}', false);
select record_as(null, gen_random_uuid());
select add_statuses(id) from projects;

-- Here and not in a statement, for the release before this one makes projects as well.
create function begin_statuses() returns trigger language plpgsql as $$
begin
  perform add_statuses(new.id);
  return null;
end $$;
create trigger projects_statuses after insert on projects for each row execute function begin_statuses();
create trigger statuses_limit before insert on statuses for each row execute function refuse_beyond('project_id', '50');

-- Whoever writes a task holds its project (heldProjects in src/policy.ts). So this waits for those who are just giving a
-- task the status, and they for this; each query of a volatile function sees what was committed before it.
-- TT004: tasks have it; TT005: it is the last of its category.
create function keep_statuses() returns trigger language plpgsql as $$
begin
  perform from projects where id = old.project_id for update;
  -- The project itself goes.
  if not found then
    return old;
  end if;
  if exists (select from tasks where project_id = old.project_id and status = old.key) then
    raise exception using errcode = 'TT004', message = 'tasks have the status';
  end if;
  if old.category in ('todo', 'done')
    and not exists (select from statuses where project_id = old.project_id and category = old.category and id <> old.id) then
    raise exception using errcode = 'TT005', message = 'the last status of its category';
  end if;
  return old;
end $$;
create trigger statuses_kept before delete on statuses for each row execute function keep_statuses();

-- Null until 0021_categories.sql has filled it, and then as the status.
alter table tasks add column category text;
alter table tasks alter column status drop default;
alter table tasks drop constraint tasks_status_check;

-- The status of a new task and of one that moves, if none was chosen; the category; and when it was completed. Not a
-- foreign key, which would also lock the status for each task that gets it. TT003: the project has no such status.
create function categorise_task() returns trigger language plpgsql as $$
declare
  wanted text := (select category from statuses where project_id = new.project_id and key = new.status);
begin
  if new.status is null then
    select key, category into new.status, wanted from statuses
    where project_id = new.project_id and category = 'todo' order by position, id limit 1;
  elsif tg_op = 'UPDATE' and new.project_id <> old.project_id and new.status = old.status
    and wanted is distinct from coalesce(old.category, old.status) then
    select key, category into new.status, wanted from statuses
    where project_id = new.project_id and category = coalesce(old.category, old.status) order by position, id limit 1;
  end if;
  if wanted is null then
    raise exception using errcode = 'TT003', message = 'no such status';
  end if;
  new.category := wanted;
  new.completed_at := case when wanted = 'done' then coalesce(new.completed_at, now()) end;
  return new;
end $$;
-- Before tasks_updated, in the order of their names, which records what this decides.
create trigger tasks_categorised before insert or update of status, project_id on tasks
  for each row execute function categorise_task();

-- As before, by category; `status` in task_counts is its name for the release before this one.
create or replace function count_tasks() returns trigger language plpgsql as $$
begin
  -- In order of category, so that two opposite changes cannot lock each other's rows.
  insert into task_counts as counts (project_id, status, slot, count)
  select project_id, category, pg_backend_pid() % 16, sum(change)
  from (
    select old.project_id, coalesce(old.category, old.status), -1 where tg_op <> 'INSERT' and old.deleted_at is null
    union all
    select new.project_id, coalesce(new.category, new.status), 1 where tg_op <> 'DELETE' and new.deleted_at is null
  ) as changes (project_id, category, change)
  group by project_id, category having sum(change) <> 0
  order by project_id, category
  on conflict (project_id, status, slot) do update set count = counts.count + excluded.count;
  return null;
end $$;
create or replace function count_new_task() returns trigger language plpgsql as $$
begin
  if new.deleted_at is null then
    insert into task_counts as counts (project_id, status, slot, count)
    values (new.project_id, new.category, pg_backend_pid() % 16, 1)
    on conflict (project_id, status, slot) do update set count = counts.count + 1;
  end if;
  return null;
end $$;
create or replace trigger tasks_recounted after update of status, project_id, deleted_at on tasks for each row
  when (coalesce(old.category, old.status) <> coalesce(new.category, new.status) or old.project_id <> new.project_id
    or (old.deleted_at is null) <> (new.deleted_at is null))
  execute function count_tasks();

-- For the next file. Not a change of anybody's, so no version and no event. The triggers are off only while nobody else
-- writes: the lock that this takes lasts for one batch.
create procedure fill_categories() language plpgsql as $$
declare
  done uuid := '00000000-0000-0000-0000-000000000000';
  upto uuid;
begin
  loop
    perform set_config('lock_timeout', '1s', true);
    select max(id::text) into upto from (select id from tasks where id > done order by id limit 2000) as batch;
    exit when upto is null;
    if exists (select from tasks where id > done and id <= upto and category is null) then
      alter table tasks disable trigger user;
      update tasks set category = status where id > done and id <= upto and category is null;
      alter table tasks enable trigger user;
    end if;
    commit;
    done := upto;
  end loop;
end $$;
