-- As before (0010_nouns.sql), and title and number may be those of what it hangs on: `tasks.title`.
create or replace function track(tracked text, resource text, project text, id text, hidden text[], internal text[],
  title text, number text, parent text, verbs jsonb, unless_anonymous boolean)
returns void language plpgsql as $track$
declare
  kept constant text[] := '{version,field_versions,updated_at}';
  new_project constant text := coalesce('new.' || quote_ident(project), 'null');
  old_project constant text := coalesce('old.' || quote_ident(project), 'null');
  -- Its own column, or one of what it hangs on: (select tasks.title from tasks where id = new.task_id).
  lent constant text := '(select %1$I.%2$I from %1$I where %1$I.id = new.%3$I)';
  new_number constant text := case when number like '%.%'
    then format(lent, split_part(number, '.', 1), split_part(number, '.', 2), parent) else 'new.' || quote_ident(number) end;
  new_title constant text := case when title like '%.%'
    then format(lent, split_part(title, '.', 1), split_part(title, '.', 2), parent) else 'new.' || quote_ident(title) end;
  -- The reference of the moment: the project's key, with the number of what has one.
  new_ref constant text := case
    when tracked = 'projects' then 'new.key'
    when project is null then 'null'
    else format('(select key from projects where projects.id = new.%I)', project) || coalesce(' || ''-'' || ' || new_number, '')
  end;
  new_names constant text := concat_ws(', ', new_ref, coalesce(new_title, 'null'), coalesce('new.' || quote_ident(parent), 'null'));
  old_names constant text := replace(new_names, 'new.', 'old.');
  -- What is purged takes what it holds with it; its own event stands for that. Members of a project each have an
  -- event, which is how somebody who was away since before the project went to the trash hears that it is gone.
  unless_purged constant text := case when resource in ('project', 'member', 'user') then '' else format($$
  if current_setting('tasktrail.purging', true) in (%s::text, %s::text) then
    return null;
  end if;$$, old_project, coalesce('old.' || quote_ident(parent), 'null')) end;
  unless_unnamed constant text := case when unless_anonymous then $$
  if coalesce(current_setting('tasktrail.operation', true), '') = '' then
    return new;
  end if;$$ else '' end;
  comparisons constant text := (
    select string_agg(format($$
  if new.%1$I is distinct from old.%1$I then before := before || jsonb_build_object(%1$L, %2$s); after := after || jsonb_build_object(%1$L, %3$s); versions := versions || jsonb_build_object(%1$L, new.version); end if;$$,
      attname,
      case when attname = any (hidden) then 'null' else format('old.%I', attname) end,
      case when attname = any (hidden) then 'null' else format('new.%I', attname) end), '' order by attnum)
    from pg_attribute
    where attrelid = tracked::regclass and attnum > 0 and not attisdropped and attname <> all (kept || internal));
  verb constant text := 'case when not after ? ''deleted_at'' then ' || coalesce((
      select 'case ' || string_agg(format('when after ->> %L is not null then %L', key, value), ' ') || ' else ''updated'' end'
      from jsonb_each_text(verbs)), '''updated''')
    || ' when after ->> ''deleted_at'' is null then ''restored'' else ''deleted'' end';
begin
  execute format($body$
create or replace function %I() returns trigger language plpgsql as $$
declare
  recorded boolean;
begin%s
  recorded := record_event('%s.created', %s, null, new.%I, new.version, '{}', jsonb_strip_nulls(to_jsonb(new) - %L::text[]), %s);
  return null;
end $$ $body$, tracked || '_inserted', unless_unnamed, resource, new_project, id, kept || hidden || internal, new_names);

  -- Before the update, because it also keeps the row's version and the version at which each field last changed.
  -- An update that changes nothing is no change: the row keeps its version and no event is written.
  execute format($body$
create or replace function %I() returns trigger language plpgsql as $$
declare
  before jsonb := '{}';
  after jsonb := '{}';
  versions jsonb := '{}';
  recorded boolean;
begin%s
  new.version := old.version + 1;%s
  if after = '{}' then%s
    return %s;
  end if;
  new.field_versions := old.field_versions || versions;
  new.updated_at := clock_timestamp();
  recorded := record_event(
    %L || %s,
    %s, (before ->> 'project_id')::uuid, new.%I, new.version, before, after, %s);
  return new;
end $$ $body$, tracked || '_updated', unless_unnamed, comparisons,
    case when internal = '{}' then '' else ' new.version := old.version; new.updated_at := old.updated_at;' end,
    case when internal = '{}' then 'old' else 'new' end, resource || '.', verb, new_project, id, new_names);

  execute format($body$
create or replace function %I() returns trigger language plpgsql as $$
declare
  recorded boolean;
begin%s%s
  recorded := record_event('%s.removed', %s, null, old.%I, old.version + 1, jsonb_strip_nulls(to_jsonb(old) - %L::text[]), '{}', %s);
  return null;
end $$ $body$, tracked || '_deleted', unless_purged, replace(unless_unnamed, 'return new', 'return null'), resource, old_project, id,
    kept || hidden || internal, old_names);

  if not exists (select from pg_trigger where tgrelid = tracked::regclass and tgname = tracked || '_updated') then
    execute format('create trigger %1$I after insert on %2$I for each row execute function %1$I()', tracked || '_inserted', tracked);
    execute format('create trigger %1$I before update on %2$I for each row execute function %1$I()', tracked || '_updated', tracked);
    execute format('create trigger %1$I after delete on %2$I for each row execute function %1$I()', tracked || '_deleted', tracked);
  end if;
end $track$;

-- What hangs on something goes where that goes, as a part of the same change. The columns of a project are internal
-- there, so it leaves no events. Whoever adds one meanwhile holds the row it hangs on, and so waits or is waited for.
create function move_along() returns trigger language plpgsql as $$
begin
  execute format('update %I set project_id = $1 where %I = $2', tg_argv[0], tg_argv[1]) using new.project_id, new.id;
  return null;
end $$;

create table comments (
  id uuid not null constraint comments_pkey primary key,
  project_id uuid not null constraint comments_project_fkey references projects on delete cascade,
  task_id uuid not null constraint comments_task_fkey references tasks on delete cascade,
  body text not null,
  mention_ids uuid[] not null default '{}',
  edited_at timestamptz(3),
  deleted_at timestamptz(3),
  created_by uuid not null constraint comments_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}'
);
-- Also counts them, without a look at the rows.
create index comments_task_idx on comments (task_id, created_at, id) include (deleted_at);
create index comments_project_idx on comments (project_id, created_at, id);
create index comments_purge_idx on comments (deleted_at) where deleted_at is not null;

create trigger comments_limit before insert on comments for each row execute function refuse_beyond('task_id', '5000');
create trigger tasks_move_comments after update of project_id on tasks
  for each row when (new.project_id is distinct from old.project_id) execute function move_along('comments', 'task_id');
