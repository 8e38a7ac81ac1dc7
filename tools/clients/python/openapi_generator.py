import sys

from tasktrail_client import ApiClient, ApiException, Configuration
from tasktrail_client.api.auth_api import AuthApi
from tasktrail_client.api.changes_api import ChangesApi
from tasktrail_client.api.operations_api import OperationsApi
from tasktrail_client.api.projects_api import ProjectsApi
from tasktrail_client.api.tasks_api import TasksApi
from tasktrail_client.models import (
    Login,
    NewProject,
    NewTask,
    ProblemCode,
    ProjectRole,
    Registration,
    TaskChanges,
    TaskPriority,
    TaskSort,
    TaskStateChange,
    TaskUpdatedEntry,
)

base_url, email, password = sys.argv[1:]

visitor = AuthApi(ApiClient(Configuration(host=base_url)))
visitor.register(Registration(email=email, password=password, name="Ada Lovelace"))
tokens = visitor.log_in(Login(email=email, password=password))
client = ApiClient(Configuration(host=base_url, access_token=tokens.access_token))
tasks = TasksApi(client)


def refused(call):
    try:
        call()
    except ApiException as error:
        return error.data
    raise AssertionError("should have been refused")


project = ProjectsApi(client).create_project(NewProject(name="Operations"))
assert project.my_role == ProjectRole.OWNER
new = NewTask(title="Renew the certificate", status="in_progress", priority=TaskPriority.HIGH)
task = tasks.create_task(str(project.id), new)

page = tasks.list_project_tasks(
    project.key,
    status=["todo", "in_progress"],
    priority=[TaskPriority.HIGH],
    sort=TaskSort.due_descending,
)
assert [item.id for item in page.items] == [task.id]


def change(title, base_version):
    return tasks.update_task(str(task.id), TaskChanges(title=title), base_version=base_version)


assert change("Renew it", 1).version == 2
conflict = refused(lambda: change("Renew all", 1))
assert conflict.code == ProblemCode.VERSION_CONFLICT
assert conflict.conflicts["title"].base == "Renew the certificate"

assert refused(lambda: tasks.find_task("NONE-1")).code == ProblemCode.NOT_FOUND

changes = ChangesApi(client)
states = [item.actual_instance for item in changes.list_changes().items]
state = next(item for item in states if isinstance(item, TaskStateChange))
assert state.resource.title == "Renew it"

updated = changes.list_task_history(str(task.id)).items[0].actual_instance
assert isinstance(updated, TaskUpdatedEntry), updated
assert change("Renew them", 2).version == 3
later = refused(lambda: OperationsApi(client).undo_operation(str(updated.operation_id)))
assert later.conflicts[0].fields == ["title"]

tasks.delete_task(task.ref)
assert refused(lambda: tasks.find_task(task.ref)).code == ProblemCode.NOT_FOUND
assert tasks.restore_task(str(task.id)).title == "Renew them"
