-- A believable amount of everything, the same in every run. bench.tasks says how many tasks: a tenth of them in the
-- first project, the rest spread over a hundred others. The first user belongs to twenty projects, the large one among
-- them, and is assigned ten tasks in each, at every scale.
-- Events are not written: session_replication_role keeps the triggers silent, and what they would count is counted here.
set session_replication_role = replica;
set maintenance_work_mem = '256MB';

create function pg_temp.id(kind integer, n bigint) returns uuid language sql immutable
return ('01900000-0000-7000-800' || kind || '-' || lpad(to_hex(n), 12, '0'))::uuid;
create function pg_temp.dice(n bigint, throw bigint, sides integer) returns integer language sql immutable
return (hashint8extended(n, throw) & 2147483647) % sides;

insert into users (id, email, name, password_hash)
select pg_temp.id(1, n), 'user' || n || '@example.com', 'User ' || n, current_setting('bench.password_hash')
from generate_series(1, 1000) as n;

insert into sessions (id, user_id, expires_at)
select pg_temp.id(4, n), pg_temp.id(1, n), now() + interval '30 days' from generate_series(1, 1000) as n;

insert into projects (id, key, name, created_by, created_at)
select pg_temp.id(2, n), 'P' || n, 'Project ' || n, pg_temp.id(1, n + 1), now() - interval '1 year' + n * interval '1 hour'
from generate_series(1, 101) as n;

insert into project_members (project_id, user_id, role)
select pg_temp.id(2, n), pg_temp.id(1, n + 1), 'owner' from generate_series(1, 101) as n
union all
select pg_temp.id(2, n), pg_temp.id(1, 1), 'editor' from generate_series(1, 20) as n
union all
select distinct pg_temp.id(2, 1 + n % 101), pg_temp.id(1, n), 'editor' from generate_series(103, 1000) as n;

-- Built again afterwards, which is several times faster than keeping them while a million rows come in.
create temp table dropped as
select indexdef, indexname from pg_indexes
where tablename in ('tasks', 'search_documents') and indexname not in ('tasks_pkey', 'tasks_number_key', 'tasks_project_key', 'search_documents_pkey');
do $$
declare
  name text;
begin
  for name in select indexname from dropped loop
    execute format('drop index %I', name);
  end loop;
end $$;

insert into tasks (id, project_id, number, title, description, status, category, priority, assignee_ids, due_on, position, created_by, created_at, updated_at)
select
  pg_temp.id(3, n), pg_temp.id(2, project), number,
  (array['Renew', 'Review', 'Write', 'Repair', 'Plan'])[1 + pg_temp.dice(n, 1, 5)] || ' the '
    || (array['certificate', 'contract', 'report', 'pump', 'release', 'invoice'])[1 + pg_temp.dice(n, 2, 6)] || ' ' || n,
  repeat('Some lines that say what is to be done. ', pg_temp.dice(n, 3, 6)),
  state, state,
  (array['none', 'none', 'low', 'medium', 'high', 'urgent'])[1 + pg_temp.dice(n, 5, 6)],
  case
    when project <= 20 and number <= 10 then array[pg_temp.id(1, 1)]
    when pg_temp.dice(n, 6, 10) < 6 then array[pg_temp.id(1, 2 + pg_temp.dice(n, 7, 999))]
    else '{}'
  end,
  case when pg_temp.dice(n, 8, 10) < 7 then date '2026-01-01' + pg_temp.dice(n, 9, 700) end,
  number, pg_temp.id(1, 2 + pg_temp.dice(n, 10, 999)),
  now() - interval '300 days' + n * (interval '299 days' / total), now() - interval '1 day' * (pg_temp.dice(n, 11, 1000) / 10.0)
from (
  select n, project, total, row_number() over (partition by project order by n) as number,
    (array['todo', 'todo', 'todo', 'todo', 'in_progress', 'in_progress', 'done', 'done', 'done', 'cancelled'])[1 + pg_temp.dice(n, 4, 10)] as state
  from (
    select n, case when n % 10 = 0 then 1 else 2 + pg_temp.dice(n, 12, 100) end as project,
           current_setting('bench.tasks')::bigint as total
    from generate_series(1, current_setting('bench.tasks')::bigint) as n
  ) as spread
) as numbered;
insert into search_documents (project_id, id, kind, words)
select project_id, id, 'task', search_vector(project_id, title, description) from tasks;

do $$
declare
  definition text;
begin
  for definition in select indexdef from dropped loop
    execute definition;
  end loop;
end $$;

insert into task_numbers (project_id, last_number)
select id, coalesce((select max(number) from tasks where project_id = projects.id), 0) from projects;
insert into task_updates (project_id, updated_at, task_id) select project_id, updated_at, id from tasks;
insert into task_counts (project_id, status, slot, count)
select project_id, category, 0, count(*) from tasks group by project_id, category;

-- As the triggers of projects do it.
select add_statuses(id) from projects;
insert into project_keys (key, project_id) select key, id from projects;

reset session_replication_role;
