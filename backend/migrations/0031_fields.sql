-- As before (0025_comments.sql), and the members of what is declared as a map are each recorded like a column of its own,
-- as `fields.points`: in events, and in the versions that merging looks at.
drop function track(text, text, text, text, text[], text[], text, text, text, jsonb, boolean);
create function track(tracked text, resource text, project text, id text, hidden text[], internal text[],
  title text, number text, parent text, verbs jsonb, unless_anonymous boolean, maps text[] default '{}')
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
    select string_agg(case when attname = any (maps) then format($$
  if new.%1$I is distinct from old.%1$I then
    select before || jsonb_object_agg(%1$L || '.' || name, old.%1$I -> name), after || jsonb_object_agg(%1$L || '.' || name, new.%1$I -> name),
      versions || jsonb_object_agg(%1$L || '.' || name, new.version)
    into before, after, versions
    from jsonb_object_keys(old.%1$I || new.%1$I) as name where old.%1$I -> name is distinct from new.%1$I -> name;
  end if;$$, attname)
      else format($$
  if new.%1$I is distinct from old.%1$I then before := before || jsonb_build_object(%1$L, %2$s); after := after || jsonb_build_object(%1$L, %3$s); versions := versions || jsonb_build_object(%1$L, new.version); end if;$$,
      attname,
      case when attname = any (hidden) then 'null' else format('old.%I', attname) end,
      case when attname = any (hidden) then 'null' else format('new.%I', attname) end) end, '' order by attnum)
    from pg_attribute
    where attrelid = tracked::regclass and attnum > 0 and not attisdropped and attname <> all (kept || internal));
  -- All that a row holds, its maps taken apart.
  whole constant text := format('jsonb_strip_nulls(to_jsonb(new) - %L::text[])', kept || hidden || internal || maps) || coalesce((
    select string_agg(format(' || (select coalesce(jsonb_object_agg(%1$L || ''.'' || name, value), ''{}'') from jsonb_each(new.%1$I) as member (name, value))', map), '')
    from unnest(maps) as map), '');
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
  recorded := record_event('%s.created', %s, null, new.%I, new.version, '{}', %s, %s);
  return null;
end $$ $body$, tracked || '_inserted', unless_unnamed, resource, new_project, id, whole, new_names);

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
  recorded := record_event('%s.removed', %s, null, old.%I, old.version + 1, %s, '{}', %s);
  return null;
end $$ $body$, tracked || '_deleted', unless_purged, replace(unless_unnamed, 'return new', 'return null'), resource, old_project, id,
    replace(replace(whole, 'new.', 'old.'), '(new)', '(old)'), old_names);

  if not exists (select from pg_trigger where tgrelid = tracked::regclass and tgname = tracked || '_updated') then
    execute format('create trigger %1$I after insert on %2$I for each row execute function %1$I()', tracked || '_inserted', tracked);
    execute format('create trigger %1$I before update on %2$I for each row execute function %1$I()', tracked || '_updated', tracked);
    execute format('create trigger %1$I after delete on %2$I for each row execute function %1$I()', tracked || '_deleted', tracked);
  end if;
end $track$;

-- The fields that a project gives its tasks.
create table fields (
  id uuid not null constraint fields_pkey primary key,
  project_id uuid not null constraint fields_project_fkey references projects on delete cascade,
  key text not null,
  name text not null,
  type text not null constraint fields_type_check check (type in ('text', 'number', 'date', 'checkbox', 'select', 'multi_select', 'user', 'url')),
  options jsonb not null default '[]',
  position double precision not null,
  created_by uuid not null constraint fields_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}',
  constraint fields_key_key unique (project_id, key),
  constraint fields_options_check check (type in ('select', 'multi_select') or options = '[]')
);
create unique index fields_name_key on fields (project_id, lower(name));
create index fields_position_idx on fields (project_id, position, id);
create index fields_project_idx on fields (project_id, id);
create trigger fields_limit before insert on fields for each row execute function refuse_beyond('project_id', '50');

-- The values of a task, by the key of the field: what a read answers, with nothing to look up.
alter table tasks add column fields jsonb not null default '{}';

-- The same values one by one, in one index for what is equal, less or more, set at all, and in order. Numbers and flags
-- apart from words: of two that are compared, both are of one sort.
create table field_values (
  task_id uuid not null constraint field_values_task_fkey references tasks on delete cascade,
  project_id uuid not null,
  key text not null,
  number double precision,
  word text collate "C"
);
create index field_values_idx on field_values (project_id, key, number, word, task_id);
create index field_values_task_idx on field_values (task_id, key);

-- What is wrong with a value: a SQLSTATE of ours and some words; nothing if it may be.
-- TT031: no such field, TT032: of another type, TT033: no such option, TT034: nobody of the project.
create function field_fault(field fields, value jsonb, out state text, out words text) language plpgsql as $$
declare
  kind constant text := jsonb_typeof(value);
  content constant text := value #>> '{}';
begin
  if field.id is null then
    state := 'TT031';
    words := 'names no field of the project';
    return;
  end if;
  words := case field.type
    when 'text' then case when kind <> 'string' or length(content) > 500 then 'must be a text of at most 500 characters' end
    when 'number' then case when kind <> 'number' then 'must be a number' end
    when 'checkbox' then case when kind <> 'boolean' then 'must be true or false' end
    when 'date' then case when kind <> 'string' or content !~ '^(19|2\d)\d\d-\d\d-\d\d$' then 'must be a date such as 2026-11-30' end
    when 'url' then case when kind <> 'string' or content !~* '^https?://[^\s/?#@]+([/?#]\S*)?$' then 'must be the address of a page, such as https://example.com/' end
    when 'user' then case when kind <> 'string' or content !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then 'must be the id of a user' end
    when 'select' then case when kind <> 'string' then 'must be the key of an option' end
    else case when kind <> 'array' then 'must be a list of keys of options' end
  end;
  if words is not null then
    state := 'TT032';
  elsif field.type = 'date' then
    begin
      perform content::date;
    exception when datetime_field_overflow then
      state := 'TT032';
      words := 'must be a date such as 2026-11-30';
    end;
  elsif field.type in ('select', 'multi_select') and exists (
    select from jsonb_array_elements(case kind when 'array' then value else jsonb_build_array(value) end) as wanted
    where not field.options @> jsonb_build_array(jsonb_build_object('key', wanted))) then
    state := 'TT033';
    words := 'names no option of the field';
  elsif field.type = 'user' and not exists (
    select from project_members where project_id = field.project_id and user_id = content::uuid) then
    state := 'TT034';
    words := 'names somebody who is not a member';
  end if;
end $$;

-- Whoever writes a task holds its project (heldProjects in src/policy.ts), and so does whoever changes its fields, for
-- themselves alone. Here and not in a statement, for undo writes tasks as well, and a task that moves takes along those
-- values that the fields of the other project can have, by key and type. Null takes a value away.
create function check_fields() returns trigger language plpgsql as $$
declare
  was constant jsonb := case tg_op when 'UPDATE' then old.fields else '{}'::jsonb end;
  moves constant boolean := tg_op = 'UPDATE' and new.project_id <> old.project_id;
  sent record;
  field fields;
  fault record;
  stays boolean;
begin
  for sent in select member.key, member.value from jsonb_each(new.fields) as member loop
    stays := sent.value is not distinct from was -> sent.key;
    continue when stays and not moves;
    select * into field from fields where fields.project_id = new.project_id and fields.key = sent.key;
    fault := field_fault(field, sent.value);
    if sent.value = 'null' and (field.id is not null or was ? sent.key)
      or stays and (fault.state is not null
        or field.type <> (select type from fields where fields.project_id = old.project_id and fields.key = sent.key)) then
      new.fields := new.fields - sent.key;
    elsif fault.state is not null then
      raise exception using errcode = fault.state, message = fault.words, detail = sent.key;
    elsif field.type = 'user' then
      new.fields := new.fields || jsonb_build_object(sent.key, lower(sent.value #>> '{}'));
    end if;
  end loop;
  return new;
end $$;
-- Before tasks_updated, in the order of their names, which records what this decides.
create trigger tasks_fields_checked before insert on tasks for each row
  when (new.fields <> '{}') execute function check_fields();
create trigger tasks_fields_rechecked before update of fields, project_id on tasks for each row
  when (new.fields <> '{}' and (new.fields <> old.fields or new.project_id <> old.project_id)) execute function check_fields();

create function index_fields() returns trigger language plpgsql as $$
declare
  was jsonb := '{}';
begin
  if tg_op = 'UPDATE' then
    if new.project_id = old.project_id then
      was := old.fields;
    end if;
    delete from field_values where task_id = new.id and (was = '{}' or new.fields -> key is distinct from was -> key);
  end if;
  insert into field_values (task_id, project_id, key, number, word)
  select new.id, new.project_id, member.key,
    case jsonb_typeof(element) when 'number' then element::text::double precision end,
    case jsonb_typeof(element) when 'number' then null else lower(left(element #>> '{}', 500)) end
  from jsonb_each(new.fields) as member
    cross join lateral jsonb_array_elements(case jsonb_typeof(member.value) when 'array' then member.value else jsonb_build_array(member.value) end) as element
  where member.value is distinct from was -> member.key;
  return null;
end $$;
create trigger tasks_fields_indexed after insert on tasks for each row
  when (new.fields <> '{}') execute function index_fields();
create trigger tasks_fields_reindexed after update of fields, project_id on tasks for each row
  when (new.fields <> old.fields or new.project_id <> old.project_id and new.fields <> '{}') execute function index_fields();

-- A field that goes takes its values along, of tasks in the trash too. Each is an event, hence the limit.
create function take_field_off() returns trigger language plpgsql as $$
begin
  perform from projects where id = old.project_id for update;
  -- The project itself goes.
  if not found then
    return old;
  end if;
  if (select count(*) > tg_argv[0]::integer
      from (select from field_values where project_id = old.project_id and key = old.key limit tg_argv[0]::integer + 1) as valued) then
    raise exception 'too many values' using errcode = 'check_violation', constraint = tg_name;
  end if;
  -- In the order in which everybody locks several tasks.
  perform from tasks
  where id = any (array(select task_id from field_values where project_id = old.project_id and key = old.key)) order by id for update;
  update tasks set fields = fields - old.key
  where id = any (array(select task_id from field_values where project_id = old.project_id and key = old.key));
  return old;
end $$;
create trigger field_values_limit before delete on fields for each row execute function take_field_off('2000');

-- TT035: tasks have an option that would be gone.
create function keep_options() returns trigger language plpgsql as $$
declare
  gone constant text[] := array(
    select option ->> 'key' from jsonb_array_elements(old.options) as option
    where not new.options @> jsonb_build_array(jsonb_build_object('key', option -> 'key')));
begin
  if gone = '{}' then
    return new;
  end if;
  perform from projects where id = old.project_id for update;
  if exists (select from field_values where project_id = old.project_id and key = old.key and number is null and word = any (gone)) then
    raise exception using errcode = 'TT035', message = 'tasks have the option';
  end if;
  return new;
end $$;
create trigger fields_options_kept before update of options on fields for each row
  when (new.options <> old.options) execute function keep_options();
