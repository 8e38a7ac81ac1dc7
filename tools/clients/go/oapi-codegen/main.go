package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	openapi_types "github.com/oapi-codegen/runtime/types"
	"tasktrail.localhost/clients/oapi-codegen/api"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func check(holds bool, what string, got any) {
	if !holds {
		panic(fmt.Sprintf("%s: %+v", what, got))
	}
}

func main() {
	baseURL, email, password := os.Args[1], os.Args[2], os.Args[3]
	ctx := context.Background()

	visitor := must(api.NewClientWithResponses(baseURL))
	address := openapi_types.Email(email)
	must(visitor.RegisterWithResponse(ctx, nil, api.Registration{Email: &address, Password: password, Name: "Ada Lovelace"}))
	login := must(visitor.LogInWithResponse(ctx, api.Login{Email: email, Password: password}))
	check(login.JSON200 != nil, "log-in", string(login.Body))
	client := must(api.NewClientWithResponses(baseURL, api.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+login.JSON200.AccessToken)
			return nil
		})))

	project := must(client.CreateProjectWithResponse(ctx, nil, api.NewProject{Name: "Operations"})).JSON201
	check(project != nil && *project.MyRole == api.Owner, "project", project)
	status, priority := "in_progress", api.High
	created := must(client.CreateTaskWithResponse(ctx, project.Id.String(), nil,
		api.NewTask{Title: "Renew the certificate", Status: &status, Priority: &priority}))
	task := created.JSON201
	check(task != nil, "task", string(created.Body))
	id := task.Id.String()

	sort := api.TaskSortDueDescending
	page := must(client.ListProjectTasksWithResponse(ctx, project.Key, &api.ListProjectTasksParams{
		Status:   &[]string{"todo", "in_progress"},
		Priority: &[]api.TaskPriority{api.High},
		Sort:     &sort,
	}))
	check(page.JSON200 != nil && len(page.JSON200.Items) == 1 && page.JSON200.Items[0].Id == task.Id, "list", string(page.Body))

	change := func(title string, base int32) *api.UpdateTaskResponse {
		return must(client.UpdateTaskWithResponse(ctx, id, &api.UpdateTaskParams{BaseVersion: &base}, api.TaskChanges{Title: &title}))
	}
	changed := change("Renew it", 1)
	check(changed.JSON200 != nil && changed.JSON200.Version == 2, "change", string(changed.Body))
	conflict := change("Renew all", 1).ApplicationproblemJSON409
	check(conflict != nil && conflict.Code == api.ProblemCodeVersionConflict, "conflict", conflict)
	sides := (*conflict.Conflicts)["title"]
	check(sides.Base == "Renew the certificate", "the three sides", sides)

	missing := must(client.FindTaskWithResponse(ctx, "NONE-1", nil)).ApplicationproblemJSON404
	check(missing != nil && missing.Code == api.ProblemCodeNotFound, "missing", missing)

	feed := must(client.ListChangesWithResponse(ctx, nil)).JSON200
	check(feed != nil, "feed", nil)
	told := false
	for _, item := range feed.Items {
		if state, ok := must(item.ValueByDiscriminator()).(api.TaskStateChange); ok {
			told = true
			check(state.Resource.Title == "Renew it", "state", state.Resource)
		}
	}
	check(told, "the feed tells of the task", feed)

	history := must(client.ListTaskHistoryWithResponse(ctx, id, nil)).JSON200
	updated := must(history.Items[0].AsTaskUpdatedEntry())
	check(change("Renew them", 2).JSON200 != nil, "second change", nil)
	later := must(client.UndoOperationWithResponse(ctx, updated.OperationId, nil)).ApplicationproblemJSON409
	check(later != nil, "undo", later)
	conflicts := *later.Conflicts
	check(len(conflicts) == 1 && conflicts[0].Fields[0] == "title", "later changes", conflicts)

	deleted := must(client.DeleteTaskWithResponse(ctx, id, nil))
	check(deleted.StatusCode() == 204, "delete", string(deleted.Body))
}
