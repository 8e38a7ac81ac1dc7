drop procedure fill_categories();
alter table tasks validate constraint tasks_category_check;
