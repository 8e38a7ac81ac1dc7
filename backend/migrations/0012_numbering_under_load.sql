-- pending_events is empty most of the time, so its statistics say that it always is. After a burst, the planner compared
-- each pending row with each row of the batch; a call took longer than a statement may. Now both statements are ranges
-- of the primary key: no plan is quadratic, whatever the planner believes, and without sequential scans none reads more
-- than the batch.
--
-- Numbers what is committed and not yet numbered, oldest first and about `batch` of them; answers the last number.
-- The row of trail is the lock: a second caller waits for the first, then takes what is left. Each statement of a
-- volatile function sees what was committed before that statement, so both look after the lock was taken.
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
    insert into events (seq, at, operation_id, actor_id, kind, project_id, from_project_id, resource_id, version, before, after, ref, title, parent_id)
    select head + row_number() over (order by id), at, operation_id, actor_id, kind, project_id, from_project_id,
           resource_id, version, before, after, ref, title, parent_id
    from moved
    returning seq
  )
  update trail set last_seq = head + (select count(*) from numbered) returning last_seq into head;
  return head;
end $$;
