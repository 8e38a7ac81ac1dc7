-- Service accounts: users of kind bot, owned by a project, or by the administrators. They have neither an address nor a
-- password, so nobody logs in as one, and no mail goes to one.
alter table users add column kind text not null default 'person';
alter table users add column bot_project_id uuid;
alter table users add constraint users_kind_check check (kind in ('person', 'bot')) not valid;
alter table users add constraint users_bot_check check (kind = 'person' or email is null and password_hash is null and role = 'user') not valid;
alter table users add constraint users_bot_project_fkey foreign key (bot_project_id) references projects on delete set null not valid;
alter table users drop constraint users_email_check;
alter table users add constraint users_email_check check (kind = 'bot' or (email is null) = (deleted_at is not null)) not valid;

create trigger bots_limit before insert on users
  for each row when (new.bot_project_id is not null) execute function refuse_beyond('bot_project_id', '100');

-- As before (0019_audit.sql), and a bot is nobody who registers or is invited.
create or replace function audit_users() returns trigger language plpgsql as $$
declare
  own constant boolean := coalesce(nullif(current_setting('tasktrail.actor', true), '')::uuid = new.id, false);
  recorded boolean;
begin
  if tg_op = 'INSERT' then
    if new.kind = 'bot' then
      recorded := record_audit('bot.created', new.id);
      return null;
    end if;
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
