import client.ApiClient;
import client.ApiException;
import client.api.AuthApi;
import client.api.ChangesApi;
import client.api.OperationsApi;
import client.api.ProjectsApi;
import client.api.TasksApi;
import client.model.*;
import java.util.List;

/** Uses the client that openapi-generator makes for Java. */
public class Use {
  interface Call {
    void run() throws ApiException;
  }

  static void check(boolean holds, Object got) {
    if (!holds) throw new AssertionError(String.valueOf(got));
  }

  static <T> T refused(ApiClient client, Class<T> problem, Call call) throws Exception {
    try {
      call.run();
    } catch (ApiException error) {
      return client.getObjectMapper().readValue(error.getResponseBody(), problem);
    }
    throw new AssertionError("should have been refused");
  }

  static ApiClient connect(String baseUrl, String token) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(baseUrl);
    if (token != null) client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    return client;
  }

  static Task change(TasksApi tasks, String id, String title, int base) throws ApiException {
    return tasks.updateTask(id, new TaskChanges().title(title), base, null);
  }

  public static void main(String[] arguments) throws Exception {
    String email = arguments[1];
    String password = arguments[2];
    AuthApi visitor = new AuthApi(connect(arguments[0], null));
    visitor.register(new Registration().email(email).password(password).name("Ada Lovelace"), null);
    TokenPair tokens = visitor.logIn(new Login().email(email).password(password));
    ApiClient client = connect(arguments[0], tokens.getAccessToken());
    TasksApi tasks = new TasksApi(client);

    Project project = new ProjectsApi(client).createProject(new NewProject().name("Operations"), null);
    check(project.getMyRole() == ProjectRole.OWNER, project);
    NewTask wanted = new NewTask().title("Renew the certificate").status("in_progress").priority(TaskPriority.HIGH);
    Task task = tasks.createTask(project.getId().toString(), wanted, null);
    String id = task.getId().toString();

    TaskPage page = tasks.listProjectTasks(project.getKey(), null, null, null, null,
        List.of("todo", "in_progress"), null, List.of(TaskPriority.HIGH),
        null, null, null, null, null, null, null, null, null, null, TaskSort.due_descending, null);
    check(page.getItems().size() == 1 && page.getItems().get(0).getId().equals(task.getId()), page);

    check(change(tasks, id, "Renew it", 1).getVersion() == 2, task);
    UpdateProblem conflict = refused(client, UpdateProblem.class, () -> change(tasks, id, "Renew all", 1));
    check(conflict.getCode() == ProblemCode.VERSION_CONFLICT, conflict);
    check("Renew the certificate".equals(conflict.getConflicts().get("title").getBase()), conflict);

    Problem missing = refused(client, Problem.class, () -> tasks.findTask("NONE-1", null, null));
    check(missing.getCode() == ProblemCode.NOT_FOUND, missing);

    ChangesApi changes = new ChangesApi(client);
    boolean told = false;
    for (Change item : changes.listChanges(null, null, null).getItems())
      if (item.getActualInstance() instanceof TaskStateChange) {
        TaskStateChange state = (TaskStateChange) item.getActualInstance();
        check(state.getResource().getTitle().equals("Renew it"), state);
        told = true;
      }
    check(told, "the feed tells of the task");

    HistoryEntry latest = changes.listTaskHistory(id, null, null, null).getItems().get(0);
    TaskUpdatedEntry updated = (TaskUpdatedEntry) latest.getActualInstance();
    check(change(tasks, id, "Renew them", 2).getVersion() == 3, task);
    UndoProblem later = refused(client, UndoProblem.class,
        () -> new OperationsApi(client).undoOperation(updated.getOperationId(), null));
    check(later.getConflicts().get(0).getFields().equals(List.of("title")), later);

    tasks.deleteTask(task.getRef(), null);
    Problem gone = refused(client, Problem.class, () -> tasks.findTask(task.getRef(), null, null));
    check(gone.getCode() == ProblemCode.NOT_FOUND, gone);
    check(tasks.restoreTask(id, null, null).getTitle().equals("Renew them"), id);
  }
}
