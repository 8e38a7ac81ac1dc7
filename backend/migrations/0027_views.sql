-- Ways to look at the tasks of a project that its members share. Found in the order in which they were made.
create table views (
  id uuid not null constraint views_pkey primary key,
  project_id uuid not null constraint views_project_fkey references projects on delete cascade,
  name text not null,
  layout text not null default 'list' constraint views_layout_check check (layout in ('list', 'board', 'calendar', 'timeline')),
  filter text not null default '',
  sort text not null default 'position',
  group_by text,
  columns text[] not null default '{}',
  deleted_at timestamptz(3),
  created_by uuid not null constraint views_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}'
);
create index views_project_idx on views (project_id, id);
create index views_purge_idx on views (deleted_at) where deleted_at is not null;
create trigger views_limit before insert on views for each row execute function refuse_beyond('project_id', '100');
