-- What the trail follows is declared in the code (src/nouns.ts) and no longer in track_tables(): migrate.ts calls track()
-- for each noun, after every migration and whenever a declaration has changed. An event also keeps what its subject
-- was called at that moment, so that it can be read when the subject is gone, and what its subject hangs on.

alter table pending_events add column ref text, add column title text, add column parent_id uuid;
alter table events add column ref text, add column title text, add column parent_id uuid;

-- Of the declarations that the triggers were made from.
alter table trail add column tracking text;

alter table webhooks add column field_versions jsonb not null default '{}';

-- Writes the event of a change. Always true, so that it can be called in an expression, which costs less than a query.
create function record_event(kind text, project uuid, from_project uuid, resource uuid, version integer, before jsonb, after jsonb,
  ref text, title text, parent uuid)
returns boolean language plpgsql as $$
declare
  operation constant text := current_setting('tasktrail.operation', true);
begin
  if coalesce(operation, '') = '' then
    raise exception 'a write of a tracked table must call record_as(actor, operation)';
  end if;
  insert into pending_events (at, operation_id, actor_id, kind, project_id, from_project_id, resource_id, version, before, after, ref, title, parent_id)
  values (clock_timestamp(), operation::uuid, nullif(current_setting('tasktrail.actor', true), '')::uuid,
    kind, project, from_project, resource, version, before, after, ref, title, parent);
  return true;
end $$;

-- Writes the trigger functions of a table, and its triggers if it has none. The arguments are those of a noun
-- (src/trail/noun.ts). Of hidden columns the trail records that they changed, with null for the value. A change of
-- internal columns alone is no change. verbs names the event when a column stops being null ("disabled_at": "disabled").
-- unless_anonymous: a change without an author leaves no event, for the release before this one names none.
create function track(tracked text, resource text, project text, id text, hidden text[], internal text[],
  title text, number text, parent text, verbs jsonb, unless_anonymous boolean)
returns void language plpgsql as $track$
declare
  kept constant text[] := '{version,field_versions,updated_at}';
  new_project constant text := coalesce('new.' || quote_ident(project), 'null');
  old_project constant text := coalesce('old.' || quote_ident(project), 'null');
  -- The reference of the moment: the project's key, with the number of what has one.
  new_ref constant text := case
    when tracked = 'projects' then 'new.key'
    when project is null then 'null'
    else format('(select key from projects where projects.id = new.%I)', project) || coalesce(' || ''-'' || new.' || quote_ident(number), '')
  end;
  new_names constant text := concat_ws(', ', new_ref, coalesce('new.' || quote_ident(title), 'null'), coalesce('new.' || quote_ident(parent), 'null'));
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

-- As in 0001_trail.sql, with the columns that are new.
create or replace function number_events(batch integer default 5000) returns bigint language plpgsql volatile as $$
declare
  head bigint;
begin
  if not exists (select from pending_events) then
    return (select last_seq from trail);
  end if;
  select last_seq into head from trail for update;
  with moved as (
    delete from pending_events where id in (select id from pending_events order by id limit batch) returning *
  ), numbered as (
    insert into events (seq, at, operation_id, actor_id, kind, project_id, from_project_id, resource_id, version, before, after, ref, title, parent_id)
    select head + row_number() over (order by id), at, operation_id, actor_id, kind, project_id, from_project_id,
           resource_id, version, before, after, ref, title, parent_id
    from moved
    returning seq
  )
  update trail set last_seq = head + (select count(*) from numbered) returning last_seq into head;
  return head;
end $$;
