-- The labels of a task, as a set like its assignees. The release before this one neither reads nor writes it, so what
-- must hold of it stands here and not in the service's statements.
alter table tasks add column label_ids uuid[] not null default '{}';
alter table tasks add constraint tasks_labels_check check (cardinality(label_ids) <= 50) not valid;
-- A client can send no more at once, but could add one at a time.
alter table tasks add constraint tasks_assignees_check check (cardinality(assignee_ids) <= 50) not valid;

-- A label in the trash is on no task, whoever put it there: a request, an undo, or the release before this one. Whoever
-- is just labelling a task with it holds the label (areLabels in tasks/queries.ts), so each of the two waits for the
-- other, and this finds all that were labelled. Every task is an event, hence the limit (docs/operate.md).
create function take_label_off() returns trigger language plpgsql as $$
begin
  if (select count(*) > tg_argv[0]::integer
      from (select from tasks where label_ids @> array[new.id] and label_ids <> '{}' limit tg_argv[0]::integer + 1) as labelled) then
    raise exception 'on too many tasks' using errcode = 'check_violation', constraint = tg_name;
  end if;
  -- In the order in which everybody locks several tasks.
  perform from tasks where label_ids @> array[new.id] and label_ids <> '{}' order by id for update;
  update tasks set label_ids = array_remove(label_ids, new.id) where label_ids @> array[new.id] and label_ids <> '{}';
  return null;
end $$;
create trigger label_tasks_limit after update of deleted_at on labels
  for each row when (old.deleted_at is null and new.deleted_at is not null) execute function take_label_off('5000');

-- A task that moves takes along those labels that the other project has under the same name. Its name comes before
-- that of the trail's trigger, which is fired after it and writes all into one event.
create function move_labels() returns trigger language plpgsql as $$
begin
  new.label_ids := array(
    select id
    from (
      select there.id, array_position(old.label_ids, here.id) as place
      from labels here join labels there on there.project_id = new.project_id and lower(there.name) = lower(here.name)
      where here.id = any (old.label_ids) and there.deleted_at is null
      for share of there
    ) as kept
    order by place);
  return new;
end $$;
create trigger tasks_labels_moved before update of project_id on tasks
  for each row when (old.project_id <> new.project_id and new.label_ids = old.label_ids and old.label_ids <> '{}')
  execute function move_labels();
