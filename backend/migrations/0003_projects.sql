create table projects (
  id uuid not null constraint projects_pkey primary key,
  key text not null constraint projects_key_key unique constraint projects_key_check check (key ~ '^[A-Z][A-Z0-9]{1,9}$'),
  name text not null,
  description text not null default '',
  archived_at timestamptz(3),
  deleted_at timestamptz(3),
  created_by uuid not null constraint projects_created_by_fkey references users,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}'
);
create index projects_created_idx on projects (created_at, id) where deleted_at is null;

create trigger projects_inserted after insert on projects for each row execute function track_insert('project');
create trigger projects_updated before update on projects for each row execute function track_update('project');
create trigger projects_deleted after delete on projects for each row execute function track_delete('project');

create table project_members (
  project_id uuid not null constraint project_members_project_fkey references projects on delete cascade,
  user_id uuid not null constraint project_members_user_fkey references users,
  role text not null constraint project_members_role_check check (role in ('owner', 'editor', 'viewer')),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version integer not null default 1,
  field_versions jsonb not null default '{}',
  constraint project_members_pkey primary key (project_id, user_id)
);
create index project_members_user_idx on project_members (user_id, project_id, role);

create trigger project_members_inserted after insert on project_members for each row execute function track_insert('member');
create trigger project_members_updated before update on project_members for each row execute function track_update('member');
create trigger project_members_deleted after delete on project_members for each row execute function track_delete('member');
