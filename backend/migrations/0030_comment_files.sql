-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation, adding-foreign-key-constraint
-- (The release that has the table is not out yet.)
-- A file on a comment is on the task of that comment too.
alter table files add column comment_id uuid constraint files_comment_fkey references comments on delete cascade;
create index files_comment_idx on files (comment_id, created_at, id) where comment_id is not null;
