-- What was there before the triggers of 0027_search.sql; what they have written meanwhile stays. What is moved or deleted
-- at this moment may leave a document behind, which the search passes over.
insert into search_documents (project_id, id, kind, words)
select project_id, id, 'task', search_vector(project_id, title, description) from tasks where deleted_at is null
union all
select project_id, id, 'comment', search_vector(project_id, null, body) from comments where deleted_at is null
on conflict (project_id, id) do nothing;
