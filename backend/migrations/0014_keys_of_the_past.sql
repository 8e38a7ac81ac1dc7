-- The keys of changes made before there was a table of them, as far as the trail remembers; the last to have one keeps it.
insert into project_keys (key, project_id, number)
select key, project_id, number + 1
from (
  select key, project_id, row_number() over (partition by project_id order by at desc) as number
  from (
    select distinct on (key) before ->> 'key' as key, resource_id as project_id, at
    from (
      select before, resource_id, at from events where kind = 'project.updated' and before ? 'key'
      union all
      select before, resource_id, at from pending_events where kind = 'project.updated' and before ? 'key'
    ) as changes
    where exists (select from projects where id = resource_id)
      and not exists (select from projects where key = before ->> 'key')
    order by key, at desc
  ) as latest
) as former
where number < 20
on conflict (key) do nothing;
