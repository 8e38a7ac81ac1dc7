-- Every key that a project has or had. A former one stays its own and goes on resolving, so that an old reference never
-- leads to somebody else's task. A project that is purged leaves its keys to others.
create table project_keys (
  key text not null,
  project_id uuid not null,
  -- Which of the project's keys it is. There is an end to it, or one project could take them all.
  number smallint not null default 1,
  constraint project_keys_number_check check (number between 1 and 20),
  constraint project_keys_pkey primary key (key) include (project_id),
  constraint project_keys_project_fkey foreign key (project_id) references projects (id) on delete cascade
);
create index project_keys_project_idx on project_keys (project_id);

create function keep_project_key() returns trigger language plpgsql as $$
begin
  if exists (select from project_keys where key = new.key and project_id = new.id) then
    return null;
  end if;
  -- One that is another's: said as projects_key_key is, which the release before this one knows how to answer.
  insert into project_keys (key, project_id, number)
  select new.key, new.id, count(*) + 1 from project_keys where project_id = new.id
  on conflict (key) do nothing;
  if not found then
    raise exception using errcode = 'unique_violation', constraint = 'projects_key_key', message = 'the key is or was that of another project';
  end if;
  return null;
end $$;
create trigger projects_keyed after insert or update of key on projects for each row execute function keep_project_key();

insert into project_keys (key, project_id) select key, id from projects;
