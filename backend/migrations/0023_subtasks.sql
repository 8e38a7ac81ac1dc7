-- A task can hang on another one of its project. What hangs on what is decided while the project is held
-- (`no key update`): each query of a volatile function sees what was committed before it, so no two changes that are
-- each allowed make a circle together, or a tree that is too deep or too large. What is in the trash counts, for it may
-- come back. The release before this one cannot move or delete a task that has subtasks; it fails and changes nothing.
alter table tasks add column parent_id uuid;

-- A task and all below it, with how far below.
create function task_tree(root uuid) returns table (id uuid, level integer) language sql stable as $$
  with recursive tree as (
    select root as id, 0 as level
    union all
    select tasks.id, tree.level + 1 from tasks join tree on tasks.parent_id = tree.id where tree.level < 10
  )
  select * from tree
$$;

-- TT011: the task would hang on itself; TT012: too far down; TT013: too many below one. Without a code of its own: the
-- parent is in the trash, which is as if it were not there.
create function keep_task_trees() returns trigger language plpgsql as $$
declare
  above uuid[];
  height integer;
begin
  perform from projects where id = new.project_id for no key update;
  if new.deleted_at is not null then
    -- Somebody added one while this waited. The statement is done again, and then takes it along.
    if exists (select from tasks where parent_id = new.id and deleted_at is null) then
      raise exception 'a subtask was added' using errcode = 'serialization_failure';
    end if;
  elsif exists (select from tasks where id = new.parent_id and deleted_at is not null) then
    raise exception 'the parent is in the trash' using errcode = 'foreign_key_violation', constraint = 'tasks_parent_fkey';
  end if;
  if new.parent_id is null or (tg_op = 'UPDATE' and new.parent_id is not distinct from old.parent_id) then
    return null;
  end if;
  above := array(
    with recursive up as (
      select new.parent_id as id, 1 as level
      union all
      select tasks.parent_id, up.level + 1 from tasks join up on tasks.id = up.id where tasks.parent_id is not null and up.level < 10
    )
    select id from up order by level);
  if new.id = any (above) then
    raise exception using errcode = 'TT011', message = 'the task would hang on itself';
  end if;
  height := (select max(level) from task_tree(new.id));
  if cardinality(above) + height > 8 then
    raise exception using errcode = 'TT012', message = 'too far down';
  end if;
  if (select count(*) from task_tree(above[cardinality(above)])) > 1001 then
    raise exception using errcode = 'TT013', message = 'too many subtasks';
  end if;
  return null;
end $$;
-- In undo, which puts back one row after the other, these and the foreign key are looked at in the end.
create constraint trigger tasks_hung after insert on tasks deferrable
  for each row when (new.parent_id is not null) execute function keep_task_trees();
create constraint trigger tasks_rehung after update of parent_id, deleted_at on tasks deferrable
  for each row when (new.parent_id is distinct from old.parent_id or (new.deleted_at is null) <> (old.deleted_at is null))
  execute function keep_task_trees();
