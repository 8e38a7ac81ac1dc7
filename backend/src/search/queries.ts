import { many, type Db } from '../database/db.ts'
import { join, nothing, raw, sql, type Sql } from '../database/sql.ts'
import { NOUNS } from '../nouns.ts'
import { inArchive, joinMine, namedProject, projectOfKey, visible, type Viewer } from '../policy.ts'
import { column, joins, present, type Noun } from '../trail/noun.ts'
import type { SearchQuery } from './schema.ts'

/** Found, with the beginning of its text and the words that were looked for, as the database folds them. */
export interface Found {
  readonly kind: string
  readonly id: string
  readonly project_id: string
  readonly task_id: string
  readonly ref: string
  readonly title: string
  readonly text: string
  readonly words: readonly string[]
}

/**
 * How many documents of each project are ranked, and how many of the newest are looked through for them. What is rarer is
 * ranked whole; of a word that is in every sixth task, the newest.
 */
const BOUNDS = { ofEach: { ranked: 30, newest: 200 }, ofOne: { ranked: 1000, newest: 2000 } }

const SEARCHED = NOUNS.filter(({ searched }) => searched)

/** The noun whose title and reference a hit bears: the task that it is, or hangs on. */
const bearer = (noun: Noun): Noun => noun.parent?.noun ?? noun

const within = (viewer: Viewer, { project, archived = 'false' }: SearchQuery): Sql => sql`(
      select projects.id, projects.key
      from projects ${joinMine(viewer)}
      where ${project === undefined ? raw('true') : namedProject(project)} and ${visible(viewer)}
        and ${inArchive(archived)} offset 0
    ) as projects`

/** Tasks that the text names: by reference, also with a former key, or by number. */
function named(q: string): Sql {
  const [, key, number] = /^(?:([A-Za-z][A-Za-z0-9]{1,9})-)?([1-9]\d{0,8})$/.exec(q.trim()) ?? []
  if (number === undefined) return nothing
  const inProject = key === undefined ? raw('true') : sql`projects.id = ${projectOfKey(key.toUpperCase())}`
  return sql`
  union all
  select tasks.id, 'task', projects.id, 0
  from projects join tasks on tasks.project_id = projects.id and tasks.number = ${Number(number)}
  where ${inProject}`
}

/**
 * The best hits in what the viewer sees. A document of a project says of each word whether it stands in the title (t) or
 * the rest (d), behind the project's tail (0027_search.sql); here @ stands for that. Each project is looked through by
 * itself: the newest documents first, which suffice for words that are common; then by the index for those with all words
 * in the title, then for the others. Nothing is read once enough are found.
 */
export function search(db: Db, viewer: Viewer, query: SearchQuery) {
  const { q, limit = 20 } = query
  const { ranked, newest } = query.project === undefined ? BOUNDS.ofEach : BOUNDS.ofOne
  const document = raw('id, kind, project_id, words')
  return many<Found>(
    db.read,
    sql`
  with asked as materialized (
    select array_agg(word order by n) as words,
      string_agg(format('(''@t%1$s''%2$s | ''@d%1$s''%2$s)', word, star), ' & ') as anywhere,
      string_agg(format('''@t%1$s''%2$s', word, star), ' & ') as in_title,
      string_agg(format('(''@t%1$s'' | ''@d%1$s'')', word), ' & ') as whole,
      string_agg(format('''@t%1$s''', word), ' & ') as whole_in_title
    from (
      select word, n, case when octet_length(word) >= 3 or n = max(n) over () then ':*' else '' end as star
      from (
        select word, max(n) as n
        from string_to_table(words_of(${q}), ' ') with ordinality as said (word, n)
        where word <> ''
        group by word
      ) as once
    ) as starred
  ), projects as materialized (
    select * from ${within(viewer, query)}
  ), hits as materialized (
    select found.id, found.kind, found.project_id,
      case when found.words @@ query.whole_in_title then 1 when found.words @@ query.in_title then 2
        when found.words @@ query.whole then 3 else 4 end as rank
    from asked, projects
      cross join lateral (
        select replace(asked.anywhere, '@', tail)::tsquery as anywhere, replace(asked.in_title, '@', tail)::tsquery as in_title,
          replace(asked.whole, '@', tail)::tsquery as whole, replace(asked.whole_in_title, '@', tail)::tsquery as whole_in_title
        from right(projects.id::text, 6) as tail
        offset 0
      ) as query
      cross join lateral (
        (select * from (
          select ${document} from search_documents as documents
          where documents.project_id = projects.id
          order by documents.project_id desc, documents.id desc
          limit ${newest}
        ) as documents where documents.words @@ query.anywhere)
        union all
        (select ${document} from search_documents where words @@ query.in_title limit ${ranked})
        union all
        (select ${document} from search_documents where words @@ query.anywhere limit ${ranked})
        limit ${ranked}
      ) as found
    where found.project_id = projects.id${named(q)}
  ), page as materialized (
    select hits.id, hits.kind, min(hits.rank) as rank
    from hits
    where ${join(SEARCHED.map(isPresent), ' or ')}
    group by hits.id, hits.kind
    order by rank, hits.id desc
    limit ${limit}
  )
  select result.*, coalesce(asked.words, '{}') as words
  from asked, page cross join lateral (${join(SEARCHED.map(result), ' union all ')}) as result
  order by page.rank, page.id desc`,
  )
}

/** Condition on a hit: it is still there, in that project. */
const isPresent = (noun: Noun): Sql => sql`(hits.kind = ${raw(`'${noun.kind}'`)} and exists (
      select from ${raw(noun.table)} ${joins(noun)}
      where ${column(noun, noun.id)} = hits.id and ${column(noun, noun.project ?? '')} = hits.project_id and ${present(noun)}))`

/** Texts are read of what makes it to the page alone, and as far as they are searched. */
function result(noun: Noun): Sql {
  const task = bearer(noun)
  return sql`
    select ${raw(`'${noun.kind}'`)} as kind, ${column(noun, noun.id)} as id, ${column(noun, noun.project ?? '')} as project_id,
      ${column(task, task.id)} as task_id, projects.key || '-' || ${column(task, task.number ?? '')} as ref,
      ${column(task, task.title ?? '')} as title, left(${column(noun, noun.searched?.text ?? '')}, 20000) as text
    from ${raw(noun.table)} ${joins(noun)} join projects on projects.id = ${column(noun, noun.project ?? '')}
    where page.kind = ${raw(`'${noun.kind}'`)} and ${column(noun, noun.id)} = page.id`
}
