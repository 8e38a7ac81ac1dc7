-- The audit: log-ins, ended sessions, passwords and the administration of accounts, for administrators to read. Triggers
-- on users and sessions write it in the change's own statement, so that no statement can forget it. It holds ids in place
-- of names and e-mail addresses, so that erasing a user leaves nobody named here.
create table audit_entries (
  id uuid not null default gen_random_uuid() constraint audit_entries_pkey primary key,
  -- In microseconds, since the entries of one statement are listed in the order in which they were made.
  at timestamptz not null default clock_timestamp(),
  kind text not null,
  source text not null,
  actor_id uuid,
  user_id uuid,
  session_id uuid,
  operation_id uuid,
  address inet,
  details jsonb not null default '{}',
  -- Refused attempts of one sort share an entry: the first was `at`, the last, if there are several, `last_at`.
  count integer not null default 1,
  last_at timestamptz,
  attempts_key text constraint audit_entries_attempts_key unique
);
create index audit_entries_at_idx on audit_entries (at, id);
create index audit_entries_kind_idx on audit_entries (kind, at, id);
create index audit_entries_actor_idx on audit_entries (actor_id, at, id);
create index audit_entries_user_idx on audit_entries (user_id, at, id);
create index audit_entries_attempts_idx on audit_entries (at) where attempts_key is not null and address is not null;

-- Says from where and why accounts and sessions are changed until the end of this transaction; record_as() says by whom.
-- Always true, so that a single statement can call it in its where clause. A null source is the API or, if nobody acts
-- from anywhere, the server itself.
create function audit_as(address text, source text, reason text) returns boolean language sql volatile
return set_config('tasktrail.address', coalesce(address, ''), true) is not null
   and set_config('tasktrail.source', coalesce(source, ''), true) is not null
   and set_config('tasktrail.reason', coalesce(reason, ''), true) is not null;

create function record_audit(kind text, concerned uuid, session uuid default null, details jsonb default '{}')
returns boolean language plpgsql as $$
declare
  actor constant uuid := nullif(current_setting('tasktrail.actor', true), '')::uuid;
  address constant inet := nullif(current_setting('tasktrail.address', true), '')::inet;
begin
  insert into audit_entries (kind, source, actor_id, user_id, session_id, operation_id, address, details)
  values (
    kind,
    coalesce(
      nullif(current_setting('tasktrail.source', true), ''),
      case when actor is null and address is null then 'server' else 'api' end),
    actor, concerned, session, nullif(current_setting('tasktrail.operation', true), '')::uuid, address, details);
  return true;
end $$;

create function audit_users() returns trigger language plpgsql as $$
declare
  own constant boolean := coalesce(nullif(current_setting('tasktrail.actor', true), '')::uuid = new.id, false);
  recorded boolean;
begin
  if tg_op = 'INSERT' then
    recorded := record_audit(
      case when own then 'user.registered' else 'user.created' end, new.id, null, jsonb_build_object('role', new.role));
    if new.password_hash is null then
      recorded := record_audit('user.invited', new.id);
    end if;
    return null;
  end if;
  if new.deleted_at is not null then
    if old.deleted_at is null then
      recorded := record_audit('user.deleted', new.id);
      -- What a client calls itself may name a person.
      update audit_entries set details = details - 'user_agent' where user_id = new.id and details ? 'user_agent';
    end if;
    return null;
  end if;
  if new.role <> old.role then
    recorded := record_audit(
      'user.role_changed', new.id, null, jsonb_build_object('role', new.role, 'previous_role', old.role));
  end if;
  if (new.disabled_at is null) <> (old.disabled_at is null) then
    recorded := record_audit(case when new.disabled_at is null then 'user.enabled' else 'user.disabled' end, new.id);
  end if;
  if new.email is distinct from old.email then
    recorded := record_audit('email.changed', new.id);
  end if;
  if new.password_hash is distinct from old.password_hash
    and coalesce(current_setting('tasktrail.reason', true), '') <> 'rehashed' then
    recorded := record_audit(
      case
        when new.password_hash is null then 'password.removed'
        when old.password_hash is null and own then 'invitation.accepted'
        else 'password.changed'
      end, new.id);
  end if;
  -- What people change of their own profile is not administration; it is in the trail.
  if not own and (new.name, new.time_zone) is distinct from (old.name, old.time_zone) then
    recorded := record_audit('user.updated', new.id, null, jsonb_build_object('fields', array_remove(array[
      case when new.name <> old.name then 'name' end,
      case when new.time_zone <> old.time_zone then 'time_zone' end], null)));
  end if;
  return null;
end $$;
create trigger users_audited after insert or update on users for each row execute function audit_users();

create function audit_sessions() returns trigger language plpgsql as $$
declare
  reason constant text := nullif(current_setting('tasktrail.reason', true), '');
  recorded boolean;
begin
  if tg_op = 'INSERT' then
    insert into audit_entries (kind, source, actor_id, user_id, session_id, address, details)
    values ('login.succeeded', 'api', new.user_id, new.user_id, new.id, new.ip,
      jsonb_strip_nulls(jsonb_build_object('user_agent', new.user_agent)));
  elsif reason is distinct from 'expired' then
    recorded := record_audit(
      'session.ended', old.user_id, old.id, jsonb_strip_nulls(jsonb_build_object('reason', reason)));
  end if;
  return null;
end $$;
create trigger sessions_audited after insert or delete on sessions for each row execute function audit_sessions();
