import sys

from openapi_python_client_out import AuthenticatedClient, Client
from openapi_python_client_out.api.auth import log_in, register
from openapi_python_client_out.api.changes import list_changes, list_task_history
from openapi_python_client_out.api.operations import undo_operation
from openapi_python_client_out.api.projects import create_project
from openapi_python_client_out.api.tasks import create_task, delete_task, find_task, list_project_tasks, update_task
from openapi_python_client_out.models import (
    Login,
    NewProject,
    NewTask,
    Problem,
    ProblemCode,
    ProjectRole,
    Registration,
    Task,
    TaskChanges,
    TaskPriority,
    TaskSort,
    TaskStateChange,
    TaskUpdatedEntry,
    TokenPair,
    UndoProblem,
    UpdateProblem,
)

base_url, email, password = sys.argv[1:]

visitor = Client(base_url=base_url)
register.sync(client=visitor, body=Registration(email=email, password=password, name="Ada Lovelace"))
tokens = log_in.sync(client=visitor, body=Login(email=email, password=password))
assert isinstance(tokens, TokenPair), tokens
client = AuthenticatedClient(base_url=base_url, token=tokens.access_token)

project = create_project.sync(client=client, body=NewProject(name="Operations"))
assert project.my_role == ProjectRole.OWNER
new = NewTask(title="Renew the certificate", status="in_progress", priority=TaskPriority.HIGH)
task = create_task.sync(project.id, client=client, body=new)
assert isinstance(task, Task), task

page = list_project_tasks.sync(
    project.key,
    client=client,
    status=["todo", "in_progress"],
    priority=[TaskPriority.HIGH],
    sort=TaskSort.DUE_DESCENDING,
)
assert [item.id for item in page.items] == [task.id]


def change(title, base_version):
    return update_task.sync(task.id, client=client, body=TaskChanges(title=title), base_version=base_version)


assert change("Renew it", 1).version == 2
conflict = change("Renew all", 1)
assert isinstance(conflict, UpdateProblem) and conflict.code == ProblemCode.VERSION_CONFLICT
assert conflict.conflicts["title"].base == "Renew the certificate"

missing = find_task.sync("NONE-1", client=client)
assert isinstance(missing, Problem) and missing.code == ProblemCode.NOT_FOUND

feed = list_changes.sync(client=client)
state = next(item for item in feed.items if isinstance(item, TaskStateChange))
assert state.resource.title == "Renew it"

history = list_task_history.sync(task.id, client=client)
updated = history.items[0]
assert isinstance(updated, TaskUpdatedEntry), updated
assert change("Renew them", 2).version == 3
later = undo_operation.sync(updated.operation_id, client=client)
assert isinstance(later, UndoProblem)
assert later.conflicts[0].fields == ["title"]

assert delete_task.sync_detailed(task.id, client=client).status_code == 204
