-- Fewer than 0025_task_labels.sql said: on a busy machine 5,000 took longer than a statement may.
drop trigger label_tasks_limit on labels;
create trigger label_tasks_limit after update of deleted_at on labels
  for each row when (old.deleted_at is null and new.deleted_at is not null) execute function take_label_off('2000');
