-- no transaction
-- squawk-ignore-file require-lock-timeout, require-statement-timeout
-- (migrate.ts sets both.)
-- Built after the table is filled, which is several times faster. Without a list of pending entries, which every search
-- would read through, and which somebody's write would have to empty.
drop index concurrently if exists search_documents_words_idx;
create index concurrently search_documents_words_idx on search_documents using gin (words) with (fastupdate = off);
