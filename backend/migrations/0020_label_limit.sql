-- Labels are limited like everything else (0016_limits.sql). What is in the trash counts, so that bringing it back needs no check.
drop trigger labels_limit on labels;
drop function limit_labels();
create trigger labels_limit before insert on labels for each row execute function refuse_beyond('project_id', '500');
