-- The trail's triggers again, for two thirds of the time: those of 0001_trail.sql turn rows into jsonb to compare them;
-- these are written for each table from the catalogue, and compare its columns by name. track_tables() is called after
-- every migration (migrate.ts), so a new column needs nothing more.

-- Writes the event of a change. Always true, so that it can be called in an expression, which costs less than a query.
-- (The one with six arguments is for the release before this one.)
create function record_event(kind text, project uuid, from_project uuid, resource uuid, version integer, before jsonb, after jsonb)
returns boolean language plpgsql as $$
declare
  operation constant text := current_setting('tasktrail.operation', true);
begin
  if coalesce(operation, '') = '' then
    raise exception 'a write of a tracked table must call record_as(actor, operation)';
  end if;
  insert into pending_events (at, operation_id, actor_id, kind, project_id, from_project_id, resource_id, version, before, after)
  values (clock_timestamp(), operation::uuid, nullif(current_setting('tasktrail.actor', true), '')::uuid,
    kind, project, from_project, resource, version, before, after);
  return true;
end $$;

-- Writes the three trigger functions of a table. A row is a resource under the id in the column `id`, in the project in
-- the column `project` if there is one. Hidden columns hold what the trail must not (an e-mail address, a password
-- hash): of those it records that they changed, with null for the value.
create function track(tracked regclass, resource text, project text, id text, hidden text[] default '{}')
returns void language plpgsql as $track$
declare
  kept constant text[] := '{version,field_versions,updated_at}';
  new_project constant text := coalesce('new.' || quote_ident(project), 'null');
  old_project constant text := coalesce('old.' || quote_ident(project), 'null');
  -- A purged project takes its tasks with it; its own event stands for them. Its members each have an event, which is
  -- how somebody who was away since before the project went to the trash hears that it is gone.
  unless_purged constant text := case when resource = 'task' then $$
  if current_setting('tasktrail.purging', true) = old.project_id::text then
    return null;
  end if;$$ else '' end;
  comparisons constant text := (
    select string_agg(format($$
  if new.%1$I is distinct from old.%1$I then before := before || jsonb_build_object(%1$L, %2$s); after := after || jsonb_build_object(%1$L, %3$s); versions := versions || jsonb_build_object(%1$L, new.version); end if;$$,
      attname,
      case when attname = any (hidden) then 'null' else format('old.%I', attname) end,
      case when attname = any (hidden) then 'null' else format('new.%I', attname) end), '' order by attnum)
    from pg_attribute
    where attrelid = tracked and attnum > 0 and not attisdropped and attname <> all (kept));
begin
  execute format($body$
create or replace function %I() returns trigger language plpgsql as $$
declare
  recorded boolean;
begin
  recorded := record_event('%s.created', %s, null, new.%I, new.version, '{}', jsonb_strip_nulls(to_jsonb(new) - %L::text[]));
  return null;
end $$ $body$, tracked || '_inserted', resource, new_project, id, kept || hidden);

  -- Before the update, because it also keeps the row's version and the version at which each field last changed.
  -- An update that changes nothing is no change: the row keeps its version and no event is written.
  execute format($body$
create or replace function %I() returns trigger language plpgsql as $$
declare
  before jsonb := '{}';
  after jsonb := '{}';
  versions jsonb := '{}';
  recorded boolean;
begin
  new.version := old.version + 1;%s
  if after = '{}' then
    return old;
  end if;
  new.field_versions := old.field_versions || versions;
  new.updated_at := clock_timestamp();
  recorded := record_event(
    %L || case when not after ? 'deleted_at' then 'updated' when after ->> 'deleted_at' is null then 'restored' else 'deleted' end,
    %s, (before ->> 'project_id')::uuid, new.%I, new.version, before, after);
  return new;
end $$ $body$, tracked || '_updated', comparisons, resource || '.', new_project, id);

  execute format($body$
create or replace function %I() returns trigger language plpgsql as $$
declare
  recorded boolean;
begin%s
  recorded := record_event('%s.removed', %s, null, old.%I, old.version + 1, jsonb_strip_nulls(to_jsonb(old) - %L::text[]), '{}');
  return null;
end $$ $body$, tracked || '_deleted', unless_purged, resource, old_project, id, kept || hidden);
end $track$;

create function track_tables() returns void language sql as $$
  select track('users', 'user', null, 'id', '{email,name,password_hash,time_zone}');
  select track('projects', 'project', 'id', 'id');
  select track('project_members', 'member', 'project_id', 'user_id');
  select track('tasks', 'task', 'project_id', 'id');
$$;
select track_tables();

create or replace trigger users_inserted after insert on users for each row execute function users_inserted();
create or replace trigger users_updated before update on users for each row execute function users_updated();
create or replace trigger users_deleted after delete on users for each row execute function users_deleted();
create or replace trigger projects_inserted after insert on projects for each row execute function projects_inserted();
create or replace trigger projects_updated before update on projects for each row execute function projects_updated();
create or replace trigger projects_deleted after delete on projects for each row execute function projects_deleted();
create or replace trigger project_members_inserted after insert on project_members for each row execute function project_members_inserted();
create or replace trigger project_members_updated before update on project_members for each row execute function project_members_updated();
create or replace trigger project_members_deleted after delete on project_members for each row execute function project_members_deleted();
create or replace trigger tasks_inserted after insert on tasks for each row execute function tasks_inserted();
create or replace trigger tasks_updated before update on tasks for each row execute function tasks_updated();
create or replace trigger tasks_deleted after delete on tasks for each row execute function tasks_deleted();
drop function track_insert(), track_update(), track_delete();

-- One status and no other row's lock to keep an order with, so a new task is counted without a query over changes.
create function count_new_task() returns trigger language plpgsql as $$
begin
  if new.deleted_at is null then
    insert into task_counts as counts (project_id, status, slot, count)
    values (new.project_id, new.status, pg_backend_pid() % 16, 1)
    on conflict (project_id, status, slot) do update set count = counts.count + 1;
  end if;
  return null;
end $$;
create or replace trigger tasks_counted after insert on tasks for each row execute function count_new_task();
create trigger tasks_uncounted after delete on tasks for each row execute function count_tasks();

-- Else every search for somebody's tasks reads through all that was written since the last vacuum.
alter index tasks_assignees_idx set (fastupdate = off);
