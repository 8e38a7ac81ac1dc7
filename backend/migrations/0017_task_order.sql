-- The order of a project's tasks is asked for by neighbours. Whoever changes it holds the project's row of task_numbers,
-- so that a place between two tasks is given to one at a time.

-- No task outside the trash stands beyond this, so that a new one comes last without a look at the others.
alter table task_numbers add column last_position double precision not null default 0;
update task_numbers set last_position = coalesce((
  select max(position) from tasks where tasks.project_id = task_numbers.project_id and deleted_at is null), 0);

-- As before, but for a renumbering, which is one event of the project.
create or replace function record_event(kind text, project uuid, from_project uuid, resource uuid, version integer, before jsonb, after jsonb,
  ref text, title text, parent uuid)
returns boolean language plpgsql as $$
declare
  operation constant text := current_setting('tasktrail.operation', true);
begin
  if current_setting('tasktrail.renumbering', true) = 'on' then
    return true;
  end if;
  if coalesce(operation, '') = '' then
    raise exception 'a write of a tracked table must call record_as(actor, operation)';
  end if;
  insert into pending_events (at, operation_id, actor_id, kind, project_id, from_project_id, resource_id, version, before, after, ref, title, parent_id)
  values (clock_timestamp(), operation::uuid, nullif(current_setting('tasktrail.actor', true), '')::uuid,
    kind, project, from_project, resource, version, before, after, ref, title, parent);
  return true;
end $$;

-- Makes room at a position: gives the tasks around it new positions, evenly, in the order they have. As few as will do,
-- for a project may have a million.
create function renumber_tasks(of_project uuid, moved uuid, around double precision) returns void language plpgsql as $$
declare
  reach integer := 32;
  ids uuid[];
  low double precision;
  high double precision;
  step double precision;
begin
  loop
    ids := array(
      select id from (
        (select id, position from tasks where project_id = of_project and deleted_at is null and id <> moved and position <= around
         order by position desc, id desc limit reach)
        union all
        (select id, position from tasks where project_id = of_project and deleted_at is null and id <> moved and position > around
         order by position, id limit reach)
      ) as near order by position, id);
    low := (select position from tasks where project_id = of_project and deleted_at is null and id <> moved and position <= around
      order by position desc, id desc offset reach limit 1);
    high := (select position from tasks where project_id = of_project and deleted_at is null and id <> moved and position > around
      order by position, id offset reach limit 1);
    if low is null and high is null then
      low := 0;
    end if;
    low := coalesce(low, greatest(high - cardinality(ids) - 1, -1e15));
    high := coalesce(high, least(low + cardinality(ids) + 1, 1e15));
    step := (high - low) / (cardinality(ids) + 1);
    -- Room for twenty more in each gap.
    exit when step > greatest(abs(low), abs(high)) * 2.0 ^ -32;
    reach := reach * 2;
  end loop;
  perform from tasks where id = any (ids) order by id for update;
  perform record_event('project.reordered', of_project, null, of_project, projects.version,
    jsonb_build_object('positions', (select jsonb_object_agg(id, position) from tasks where id = any (ids))),
    jsonb_build_object('positions', (select jsonb_object_agg(id, low + step * n) from unnest(ids) with ordinality as new (id, n))),
    projects.key, projects.name, null)
  from projects where id = of_project;
  perform set_config('tasktrail.renumbering', 'on', true);
  update tasks set position = low + step * n from unnest(ids) with ordinality as new (id, n) where tasks.id = new.id;
  perform set_config('tasktrail.renumbering', '', true);
end $$;

-- The position that puts a task first, last, before or after another one of the project, or at a number. Each statement
-- in here sees what was committed before it, and the lock comes first. TT001: no such neighbour; TT002: the number is taken.
create function place_task(of_project uuid, moved uuid, place text, neighbour uuid, asked double precision)
returns double precision language plpgsql as $$
declare
  present double precision;
  low double precision;
  high double precision;
  spot double precision;
begin
  perform from task_numbers where project_id = of_project for update;
  for attempt in 1..3 loop
    low := null;
    high := null;
    if place = 'at' then
      if exists (select from tasks where project_id = of_project and deleted_at is null and id <> moved and position = asked) then
        raise exception using errcode = 'TT002', message = 'the position is taken';
      end if;
      spot := asked;
      exit;
    elsif place = 'first' then
      high := (select min(position) from tasks where project_id = of_project and deleted_at is null and id <> moved);
    elsif place = 'last' then
      low := (select max(position) from tasks where project_id = of_project and deleted_at is null and id <> moved);
    else
      spot := (select position from tasks where id = neighbour and project_id = of_project and deleted_at is null and id <> moved);
      if spot is null then
        raise exception using errcode = 'TT001', message = 'no such neighbour';
      end if;
      if place = 'after' then
        low := spot;
        high := (select position from tasks
          where project_id = of_project and deleted_at is null and id <> moved and (position, id) > (low, neighbour)
          order by position, id limit 1);
      else
        high := spot;
        low := (select position from tasks
          where project_id = of_project and deleted_at is null and id <> moved and (position, id) < (high, neighbour)
          order by position desc, id desc limit 1);
      end if;
    end if;
    -- Where it is already, it stays, unless that is in the room that was just made: its edge would be no room for the next.
    present := (select position from tasks where id = moved and project_id = of_project and deleted_at is null);
    if attempt = 1 and present > coalesce(low, '-infinity') and present < coalesce(high, 'infinity') then
      return present;
    end if;
    spot := case
      when low is null and high is null then 1
      when high is null then floor(low) + 1
      when low is null then ceil(high) - 1
      else low + (high - low) / 2
    end;
    exit when spot > coalesce(low, '-infinity') and spot < coalesce(high, 'infinity') and abs(spot) <= 1e15;
    perform renumber_tasks(of_project, moved, coalesce(low, high));
  end loop;
  update task_numbers set last_position = spot where project_id = of_project and last_position < spot;
  return spot;
end $$;
