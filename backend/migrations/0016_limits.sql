-- How many rows one person, or those of one project, can make. The trigger's arguments: the column whose rows are
-- counted, and how many there may be. The lock makes those who add to the same project or person wait for each other, and
-- each query of a volatile function sees what was committed before it; so the limit holds however many add at once.
create function refuse_beyond() returns trigger language plpgsql as $$
declare
  of constant text := to_jsonb(new) ->> tg_argv[0];
  reached boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended(tg_name || of, 0));
  execute format('select count(*) >= $2 from (select from %I where %I = $1::uuid limit $2) as counted', tg_table_name, tg_argv[0])
  into reached using of, tg_argv[1]::integer;
  if reached then
    raise exception 'no more than % rows', tg_argv[1] using errcode = 'check_violation', constraint = tg_name;
  end if;
  return new;
end $$;

create trigger projects_limit before insert on projects for each row execute function refuse_beyond('created_by', '10000');
create trigger project_members_limit before insert on project_members for each row execute function refuse_beyond('project_id', '1000');
create trigger webhooks_limit before insert on webhooks for each row execute function refuse_beyond('project_id', '20');

-- Whoever logs in once more is let in, and the log-in that has not been used for longest ends.
create function end_unused_sessions() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('sessions' || new.user_id, 0));
  delete from sessions where id in (
    select id from sessions where user_id = new.user_id order by refreshed_at desc, id desc offset tg_argv[0]::integer);
  return null;
end $$;
create trigger sessions_limit after insert on sessions for each row execute function end_unused_sessions('100');
