-- What is searched for: the words of each resource that a noun declares as searched (src/trail/noun.ts), folded so that
-- case, accents and punctuation do not matter. A table of its own, because a change of anything but the text then costs
-- nothing, and lists read no wider rows.
--
-- Each word bears the project's tail and t (title) or d (the rest), as in `4f09c2trenew`. So a search reads only the words
-- of the projects that its viewer sees, however common they are elsewhere, and also where it asks for beginnings of words,
-- whose matches PostgreSQL collects before it looks at any other condition.
create table search_documents (
  project_id uuid not null,
  -- By time, as ids are: the newest of a project are looked through first.
  id uuid not null,
  kind text not null,
  words tsvector not null,
  constraint search_documents_pkey primary key (project_id, id)
);

-- Case and accents gone, in any database: what is left of é is e, whose capital every locale knows. Two functions, so that
-- PostgreSQL puts the first into the statement.
create function fold_unicode(said text) returns text language plpgsql immutable parallel safe as $$
declare
  folded text := lower(normalize(said, nfkd));
begin
  -- The marks of Latin, Greek and Cyrillic letters, Hebrew points, Arabic vowels; joiners, marks of direction, soft hyphens.
  folded := regexp_replace(folded, '[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]', '', 'g');
  -- Letters that no accent was taken from.
  folded := translate(folded, 'øłđħŧıς', 'oldhtiσ');
  return replace(replace(replace(folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
end $$;

create function fold(said text) returns text language sql immutable parallel safe
return case when octet_length(said) = char_length(said) then lower(said) else fold_unicode(said) end;

-- The words of a text, folded, with a space before each. Of writing without spaces (Chinese, Japanese, Thai …) each two
-- neighbours are a word, and the last character. A word counts up to its 60th character.
create function words_of(said text) returns text language plpgsql immutable parallel safe as $$
declare
  words text := regexp_replace(fold(said), '[\u0001-\u001f!-/:-@\[-`{-\u007f]+', ' ', 'g');
begin
  if octet_length(words) <> char_length(words) then
    words := regexp_replace(words, '[\u0080-\u00bf\u00d7\u00f7\u02b9-\u02df\u055a-\u055f\u05be\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u206f\u20a0-\u20cf\u2190-\u23ff\u2500-\u25ff\u2e00-\u2e7f\u3000-\u3003\u3008-\u3020\u3030\u30fb\ufe10-\ufe6b]+', ' ', 'g');
    if words ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]' then
      words := (
        select string_agg(case
            when letter !~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]' then letter
            when next ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]' then ' ' || letter || next || ' '
            else ' ' || letter || ' '
          end, '' order by n)
        from (
          select letter, n, lead(letter) over (order by n) as next
          from string_to_table(words, null) with ordinality as letters (letter, n)
        ) as pairs);
    end if;
  end if;
  words := ' ' || words;
  return case when length(words) > 61 and words ~ '[^ ]{61}' then regexp_replace(words, '([^ ]{60})[^ ]+', '\1', 'g') else words end;
end $$;

-- Of a text its first 20,000 characters: a tsvector holds a megabyte.
create function search_vector(project uuid, title text, body text) returns tsvector language plpgsql immutable parallel safe as $$
declare
  tail constant text := ' ' || right(project::text, 6);
begin
  return array_to_tsvector(string_to_array(substr(
    replace(words_of(coalesce(title, '')), ' ', tail || 't') || replace(words_of(left(coalesce(body, ''), 20000)), ' ', tail || 'd'),
    2), ' '));
end $$;

-- Writes the trigger that keeps the documents of a table, as a noun declares it (src/trail/noun.ts). A null title is the text's.
create function track_search(tracked text, resource text, project text, title text, body text) returns void language plpgsql as $track$
declare
  watched constant text[] := array_remove(array[project, title, body, 'deleted_at'], null);
begin
  execute format($body$
create or replace function %1$I() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (%2$s) is not distinct from (%3$s) then
    return null;
  end if;
  if tg_op <> 'INSERT' and (tg_op = 'DELETE' or new.%4$I <> old.%4$I or new.deleted_at is not null) then
    delete from search_documents where project_id = old.%4$I and id = old.id;
  end if;
  if tg_op <> 'DELETE' and new.deleted_at is null then
    insert into search_documents (project_id, id, kind, words)
    values (new.%4$I, new.id, %5$L, search_vector(new.%4$I, %6$s, new.%7$I))
    on conflict (project_id, id) do update set words = excluded.words;
  end if;
  return null;
end $$ $body$, tracked || '_searched',
    (select string_agg(format('new.%I', name), ', ') from unnest(watched) as name),
    (select string_agg(format('old.%I', name), ', ') from unnest(watched) as name),
    project, resource, coalesce('new.' || quote_ident(title), 'null'), body);
  if not exists (select from pg_trigger where tgrelid = tracked::regclass and tgname = tracked || '_searched') then
    execute format('create trigger %1$I after insert or delete or update of %2$s on %3$I for each row execute function %1$I()',
      tracked || '_searched', (select string_agg(quote_ident(name), ', ') from unnest(watched) as name), tracked);
  end if;
end $track$;
