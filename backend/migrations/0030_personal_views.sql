-- Views of one person, in all projects that they see. They belong to no project, and are found in the order in which they
-- were made.
create table personal_views (
  id uuid not null constraint personal_views_pkey primary key,
  name text not null,
  layout text not null default 'list' constraint personal_views_layout_check check (layout in ('list', 'board', 'calendar', 'timeline')),
  filter text not null default '',
  sort text not null default 'position',
  group_by text,
  columns text[] not null default '{}',
  created_by uuid not null constraint personal_views_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}'
);
create index personal_views_owner_idx on personal_views (created_by, id);
create trigger personal_views_limit before insert on personal_views for each row execute function refuse_beyond('created_by', '100');
