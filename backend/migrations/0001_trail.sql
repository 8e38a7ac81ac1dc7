-- The trail. Every change of a tracked row writes its event in the same statement, by trigger: no statement can
-- forget it, and a rolled-back change leaves none. A write names who acts and in which operation by calling
-- record_as() somewhere in its transaction; the trigger refuses a write that does not.
--
-- Events get their number after they commit: number_events() moves whatever is committed from pending_events to
-- events under one row lock. So seq has no gaps, a reader that remembers the last seq misses nothing however late
-- a transaction commits, and nothing depends on transaction ids, which a restored dump would not have.

create table trail (
  id boolean not null default true constraint trail_pkey primary key constraint trail_one_row check (id),
  last_seq bigint not null default 0,
  pruned_seq bigint not null default 0
);
insert into trail default values;

create table pending_events (
  id bigint generated always as identity constraint pending_events_pkey primary key,
  at timestamptz(3) not null,
  operation_id uuid not null,
  actor_id uuid,
  kind text not null,
  project_id uuid,
  from_project_id uuid,
  resource_id uuid not null,
  version integer not null,
  before jsonb not null,
  after jsonb not null
);

create table events (
  seq bigint not null constraint events_pkey primary key,
  at timestamptz(3) not null,
  operation_id uuid not null,
  actor_id uuid,
  kind text not null,
  project_id uuid,
  from_project_id uuid,
  resource_id uuid not null,
  version integer not null,
  before jsonb not null,
  after jsonb not null
);
create index events_project_idx on events (project_id, seq);
create index events_from_project_idx on events (from_project_id, seq) where from_project_id is not null;
create index events_resource_idx on events (resource_id, seq);
create index events_operation_idx on events (operation_id);

-- Names the actor (null: the system itself) and the operation of every change until the end of this transaction.
-- Always true, so that a single statement can call it in its where clause.
create function record_as(actor uuid, operation uuid) returns boolean language sql volatile
return set_config('tasktrail.actor', coalesce(actor::text, ''), true) is not null
   and set_config('tasktrail.operation', operation::text, true) is not null;

create function record_event(kind text, resource jsonb, from_project uuid, version integer, before jsonb, after jsonb)
returns void language plpgsql as $$
declare
  operation constant text := current_setting('tasktrail.operation', true);
begin
  if coalesce(operation, '') = '' then
    raise exception 'a write of a tracked table must call record_as(actor, operation)';
  end if;
  insert into pending_events (at, operation_id, actor_id, kind, project_id, from_project_id, resource_id, version, before, after)
  values (
    clock_timestamp(), operation::uuid, nullif(current_setting('tasktrail.actor', true), '')::uuid, kind,
    coalesce(resource ->> 'project_id', case when kind like 'project.%' then resource ->> 'id' end)::uuid, from_project,
    coalesce(resource ->> 'id', resource ->> 'user_id')::uuid, version, before, after
  );
end $$;

-- The trigger functions. Their arguments: the resource's name, then the columns whose values the trail must not hold
-- (an e-mail address, a password hash); of those it records that they changed, with null for the value.

create function track_insert() returns trigger language plpgsql as $$
declare
  created constant jsonb := to_jsonb(new);
begin
  perform record_event(tg_argv[0] || '.created', created, null, new.version, '{}',
    jsonb_strip_nulls(created - array['version', 'field_versions', 'updated_at'] - coalesce(tg_argv[1:], '{}')));
  return null;
end $$;

-- Before the update, because it also keeps the row's version and the version at which each field last changed.
-- An update that changes nothing is no change: the row keeps its version and no event is written.
create function track_update() returns trigger language plpgsql as $$
declare
  was constant jsonb := to_jsonb(old);
  changed_from jsonb;
  changed_to jsonb;
  field_versions jsonb;
  hidden constant text[] := coalesce(tg_argv[1:], '{}');
begin
  select jsonb_object_agg(key, case when key = any (hidden) then null else was -> key end),
         jsonb_object_agg(key, case when key = any (hidden) then null else value end),
         jsonb_object_agg(key, old.version + 1)
  into changed_from, changed_to, field_versions
  from jsonb_each(to_jsonb(new))
  where value is distinct from was -> key;

  if changed_to is null then
    return old;
  end if;

  new.version := old.version + 1;
  new.field_versions := old.field_versions || field_versions;
  new.updated_at := clock_timestamp();
  perform record_event(
    tg_argv[0] || case
      when not changed_to ? 'deleted_at' then '.updated'
      when changed_to ->> 'deleted_at' is null then '.restored'
      else '.deleted'
    end,
    to_jsonb(new), (changed_from ->> 'project_id')::uuid, new.version, changed_from, changed_to);
  return new;
end $$;

-- A purged project takes its tasks with it; its own event stands for them. Its members each have an event, which is
-- how somebody who was away since before the project went to the trash hears that it is gone.
create function track_delete() returns trigger language plpgsql as $$
declare
  gone constant jsonb := to_jsonb(old);
begin
  if tg_argv[0] = 'task' and current_setting('tasktrail.purging', true) = gone ->> 'project_id' then
    return null;
  end if;
  perform record_event(tg_argv[0] || '.removed', gone, null, old.version + 1,
    jsonb_strip_nulls(gone - array['version', 'field_versions', 'updated_at'] - coalesce(tg_argv[1:], '{}')), '{}');
  return null;
end $$;

-- Numbers what is committed and not yet numbered, oldest first and at most batch of them; answers the last number.
-- The row of trail is the lock: a second caller waits for the first, then takes what is left. Each statement of a
-- volatile function sees what was committed before that statement, so the delete runs on a view taken after the lock.
create function number_events(batch integer default 5000) returns bigint language plpgsql volatile as $$
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
    insert into events (seq, at, operation_id, actor_id, kind, project_id, from_project_id, resource_id, version, before, after)
    select head + row_number() over (order by id), at, operation_id, actor_id, kind, project_id, from_project_id,
           resource_id, version, before, after
    from moved
    returning seq
  )
  update trail set last_seq = head + (select count(*) from numbered) returning last_seq into head;
  return head;
end $$;
