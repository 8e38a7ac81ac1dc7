-- Tokens for programs. A token that ended stays for a while, so that histories know its name. ancestor_ids are the tokens
-- that it descends from, the one that made it last: it is good while all of them are.
create table tokens (
  id uuid not null constraint tokens_pkey primary key,
  user_id uuid not null constraint tokens_user_fkey references users on delete cascade,
  ancestor_ids uuid[] not null default '{}' constraint tokens_depth_check check (cardinality(ancestor_ids) <= 5),
  name text not null,
  -- SHA-256 of a long random secret: nothing here authenticates anybody.
  hash bytea not null,
  scopes text[] not null,
  project_ids uuid[],
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  last_used_at timestamptz(3)
);
create index tokens_user_idx on tokens (user_id, id);
create index tokens_ancestors_idx on tokens using gin (ancestor_ids);
create index tokens_expires_idx on tokens (expires_at);
create trigger tokens_limit before insert on tokens for each row execute function refuse_beyond('user_id', '1000');

alter table events add column token_id uuid;
alter table pending_events add column token_id uuid;
alter table audit_entries add column token_id uuid;

-- As record_as(actor, operation), by a token of the actor's.
create function record_as(actor uuid, operation uuid, token uuid) returns boolean language sql volatile
return record_as(actor, operation) and set_config('tasktrail.token', token::text, true) is not null;

-- As before (0017_task_order.sql), with the token.
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
  insert into pending_events (at, operation_id, actor_id, token_id, kind, project_id, from_project_id, resource_id, version, before, after, ref, title, parent_id)
  values (clock_timestamp(), operation::uuid, nullif(current_setting('tasktrail.actor', true), '')::uuid,
    nullif(current_setting('tasktrail.token', true), '')::uuid,
    kind, project, from_project, resource, version, before, after, ref, title, parent);
  return true;
end $$;

-- As before (0012_numbering_under_load.sql), with the token.
create or replace function number_events(batch integer default 5000) returns bigint language plpgsql volatile
set enable_seqscan = off as $$
declare
  head bigint;
  last_id bigint;
begin
  if not exists (select from pending_events) then
    return (select last_seq from trail);
  end if;
  select last_seq into head from trail for update;
  select max(id) into last_id from (select id from pending_events order by id limit batch) as oldest;
  with moved as (
    delete from pending_events where id <= last_id returning *
  ), numbered as (
    insert into events (seq, at, operation_id, actor_id, token_id, kind, project_id, from_project_id, resource_id, version, before, after, ref, title, parent_id)
    select head + row_number() over (order by id), at, operation_id, actor_id, token_id, kind, project_id, from_project_id,
           resource_id, version, before, after, ref, title, parent_id
    from moved
    returning seq
  )
  update trail set last_seq = head + (select count(*) from numbered) returning last_seq into head;
  return head;
end $$;

-- As before (0019_audit.sql), with the token.
create or replace function record_audit(kind text, concerned uuid, session uuid default null, details jsonb default '{}')
returns boolean language plpgsql as $$
declare
  actor constant uuid := nullif(current_setting('tasktrail.actor', true), '')::uuid;
  address constant inet := nullif(current_setting('tasktrail.address', true), '')::inet;
begin
  insert into audit_entries (kind, source, actor_id, token_id, user_id, session_id, operation_id, address, details)
  values (
    kind,
    coalesce(
      nullif(current_setting('tasktrail.source', true), ''),
      case when actor is null and address is null then 'server' else 'api' end),
    actor, nullif(current_setting('tasktrail.token', true), '')::uuid,
    concerned, session, nullif(current_setting('tasktrail.operation', true), '')::uuid, address, details);
  return true;
end $$;

create function audit_tokens() returns trigger language plpgsql as $$
declare
  recorded boolean;
begin
  if tg_op = 'INSERT' then
    recorded := record_audit('token.created', new.user_id, null,
      jsonb_build_object('token_id', new.id, 'scopes', new.scopes, 'expires_at', new.expires_at));
  else
    recorded := record_audit('token.ended', new.user_id, null, jsonb_strip_nulls(jsonb_build_object(
      'token_id', new.id, 'reason', nullif(current_setting('tasktrail.reason', true), ''))));
  end if;
  return null;
end $$;
create trigger tokens_created after insert on tokens for each row execute function audit_tokens();
create trigger tokens_ended after update of expires_at on tokens for each row execute function audit_tokens();
