package main

import (
	"context"
	"fmt"
	"os"

	"tasktrail.localhost/clients/ogen/api"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// as is the answer as the type that it should have.
func as[T any](answer any, err error) T {
	value, ok := must(answer, err).(T)
	if !ok {
		panic(fmt.Sprintf("%T: %+v", answer, answer))
	}
	return value
}

func check(holds bool, what string, got any) {
	if !holds {
		panic(fmt.Sprintf("%s: %+v", what, got))
	}
}

type token string

func (t token) AccessToken(context.Context, api.OperationName) (api.AccessToken, error) {
	return api.AccessToken{Token: string(t)}, nil
}

func main() {
	baseURL, email, password := os.Args[1], os.Args[2], os.Args[3]
	ctx := context.Background()

	visitor := must(api.NewClient(baseURL, token("")))
	as[*api.UserHeaders](visitor.Register(ctx, &api.Registration{Email: api.NewOptString(email), Password: password, Name: "Ada Lovelace"}, api.RegisterParams{}))
	tokens := as[*api.TokenPairHeaders](visitor.LogIn(ctx, &api.Login{Email: email, Password: password})).Response
	client := must(api.NewClient(baseURL, token(tokens.AccessToken)))

	project := as[*api.ProjectHeaders](client.CreateProject(ctx, &api.NewProject{Name: "Operations"}, api.CreateProjectParams{})).Response
	check(project.MyRole.Value == api.ProjectRoleOwner, "project", project)
	task := as[*api.TaskHeaders](client.CreateTask(ctx, &api.NewTask{
		Title:    "Renew the certificate",
		Status:   api.NewOptString("in_progress"),
		Priority: api.NewOptTaskPriority(api.TaskPriorityHigh),
	}, api.CreateTaskParams{ID: project.ID.String()})).Response
	id := task.ID.String()

	page := as[*api.TaskPageHeaders](client.ListProjectTasks(ctx, api.ListProjectTasksParams{
		ID:       project.Key,
		Status:   []string{"todo", "in_progress"},
		Priority: []api.TaskPriority{api.TaskPriorityHigh},
		Sort:     api.NewOptTaskSort(api.TaskSort("-due")),
	})).Response
	check(len(page.Items) == 1 && page.Items[0].ID == task.ID, "list", page)

	change := func(title string, base int32) (any, error) {
		return client.UpdateTask(ctx, &api.TaskChanges{Title: api.NewOptString(title)}, api.UpdateTaskParams{ID: id, BaseVersion: api.NewOptInt32(base)})
	}
	changed := as[*api.UpdateTaskOKHeaders](change("Renew it", 1)).Response
	check(changed.Version == 2, "change", changed)
	conflict := as[*api.UpdateRefusedHeaders](change("Renew all", 1)).Response
	check(conflict.Code == api.ProblemCodeVersionConflict, "conflict", conflict)
	sides := conflict.Conflicts.Value["title"]
	check(string(sides.Base) == `"Renew the certificate"`, "the three sides", sides)

	missing := as[*api.NotFoundHeaders](client.FindTask(ctx, api.FindTaskParams{ID: "NONE-1"})).Response
	check(missing.Code == api.ProblemCodeNotFound, "missing", missing)

	feed := as[*api.ChangePageHeaders](client.ListChanges(ctx, api.ListChangesParams{})).Response
	told := false
	for _, item := range feed.Items {
		if state, ok := item.GetTaskStateChange(); ok {
			told = true
			check(state.Resource.Value.Title == "Renew it", "state", state)
		}
	}
	check(told, "the feed tells of the task", feed)

	history := as[*api.HistoryEntryPageHeaders](client.ListTaskHistory(ctx, api.ListTaskHistoryParams{ID: id})).Response
	updated, ok := history.Items[0].GetTaskUpdatedEntry()
	check(ok, "history", history)
	as[*api.UpdateTaskOKHeaders](change("Renew them", 2))
	later := as[*api.UndoRefusedHeaders](client.UndoOperation(ctx, api.UndoOperationParams{ID: updated.OperationID})).Response
	conflicts := later.Conflicts
	check(len(conflicts) == 1 && conflicts[0].Fields[0] == "title", "later changes", conflicts)

	as[*api.DeleteTaskNoContent](client.DeleteTask(ctx, api.DeleteTaskParams{ID: id}))
}
