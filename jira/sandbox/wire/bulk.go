package wire

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/workflow"
)

// This file holds the bulk operations. A request submits a task, and the task
// proceeds a step with each request for its progress (store.Site.Look), so that
// clients meet the states ENQUEUED, RUNNING and COMPLETE.

// maxBulk is the largest number of issues in a bulk operation, sub-tasks
// included (contract, submitBulkEdit).
const maxBulk = 1000

// bulkIssues returns the ids of the issues of a bulk operation that the caller
// can see, and the number of the others.
func (r *request) bulkIssues(keys []string) (ids []int64, invalid int, err error) {
	// Bulk Change is a global permission in Jira. Here it is looked up in one
	// project.
	if !access.Can(r.user, r.site.Project("PAY"), "BULK_CHANGE") {
		return nil, 0, fail(http.StatusForbidden, "You do not have the global bulk change permission.")
	}
	if len(keys) == 0 || len(keys) > maxBulk {
		return nil, 0, fail(http.StatusBadRequest, "Between 1 and %d issues can be selected.", maxBulk)
	}
	for _, key := range keys {
		if i := r.site.Issue(key); r.visible(i) {
			ids = append(ids, i.ID)
		} else {
			invalid++
		}
	}
	return ids, invalid, nil
}

// submit starts a task that edits each of the issues separately and returns the
// task's id. mail is the request's sendBulkNotification; nil means true. The
// task calls edit through [request.commit], which takes the issue from the
// path, so each issue gets a copy of the request with its id as {key}. The
// error of an issue is its entry in the task's failures and does not stop the
// others.
func (r *request) submit(keys []string, mail *bool, edit func(i, draft *store.Issue) (*setter, error)) (any, error) {
	ids, invalid, err := r.bulkIssues(keys)
	if err != nil {
		return nil, err
	}
	do := func(id int64) string {
		one := *r
		one.Request = r.Request.Clone(r.Context())
		one.Request.SetPathValue("key", strconv.FormatInt(id, 10))
		if _, err := one.commit(edit); err != nil {
			return err.Error()
		}
		return ""
	}
	task := r.site.SubmitTask(&store.Task{By: r.user, Issues: ids, Invalid: invalid, Do: do}, mail != nil && !*mail)
	return object{"taskId": task}, nil
}

// multiValueEdit is the edit of a field with several values: an option (ADD,
// REMOVE, REPLACE or REMOVE_ALL) and the items in the list for the field's
// kind.
type multiValueEdit struct {
	FieldID    string                        `json:"fieldId"`
	Option     string                        `json:"bulkEditMultiSelectFieldOption"`
	Labels     []struct{ Name string }       `json:"labels"`
	Versions   []struct{ VersionID string }  `json:"versions"`
	Components []struct{ ComponentID int64 } `json:"components"`
	Properties json.RawMessage               `json:"labelProperties"`
}

// bulkFields are the fields of a bulk edit (editedFieldsInput), as far as this
// site has fields of the kind. Jira groups them by kind, not by field.
type bulkFields struct {
	Labels     []multiValueEdit `json:"labelsFields"`
	Versions   []multiValueEdit `json:"multipleVersionPickerFields"`
	Components *multiValueEdit  `json:"multiselectComponents"`
	Priority   *struct {
		ID string `json:"priorityId"`
	} `json:"priority"`
	People []struct {
		FieldID string `json:"fieldId"`
		User    *struct {
			AccountID string `json:"accountId"`
		} `json:"user"`
	} `json:"singleSelectClearableUserPickerFields"`
	Numbers []struct {
		FieldID string   `json:"fieldId"`
		Value   *float64 `json:"value"`
	} `json:"clearableNumberFields"`
	Dates []struct {
		FieldID string `json:"fieldId"`
		Date    struct {
			Formatted string `json:"formattedDate"`
		} `json:"date"`
	} `json:"datePickerFields"`
	Selects []struct {
		FieldID string `json:"fieldId"`
		Option  struct {
			ID int64 `json:"optionId"`
		} `json:"option"`
	} `json:"singleSelectFields"`
	Options []struct {
		FieldID string `json:"fieldId"`
		Options []struct {
			ID int64 `json:"optionId"`
		} `json:"options"`
	} `json:"multipleSelectFields"`
	Lines []struct {
		FieldID string `json:"fieldId"`
		Text    string `json:"text"`
	} `json:"singleLineTextFields"`
}

// toUpdate returns a bulk edit as an update of a single issue, and the ids of
// the edited fields. For example, the option ADD for the field labels with
// [{"name":"x"}] becomes the operation {"labels":[{"add":"x"}]}. An empty date,
// a null user and the option id -1 clear a field.
func (f *bulkFields) toUpdate() (issueUpdate, []string, error) {
	out := issueUpdate{Fields: map[string]json.RawMessage{}, Update: map[string][]map[string]json.RawMessage{}}
	var named []string
	set := func(id string, v any) {
		data, _ := json.Marshal(v)
		named, out.Fields[id] = append(named, id), data
	}
	for _, l := range append(append(slices.Clone(f.Labels), f.Versions...), f.components()...) {
		var items []any
		for _, x := range l.Labels {
			items = append(items, x.Name)
		}
		for _, x := range l.Versions {
			items = append(items, ref{ID: x.VersionID})
		}
		for _, x := range l.Components {
			items = append(items, ref{ID: strconv.FormatInt(x.ComponentID, 10)})
		}
		switch l.Option {
		case "REPLACE":
			set(l.FieldID, items)
		case "REMOVE_ALL":
			set(l.FieldID, []any{})
		case "ADD", "REMOVE":
			named = append(named, l.FieldID)
			for _, item := range items {
				data, _ := json.Marshal(item)
				out.Update[l.FieldID] = append(out.Update[l.FieldID], map[string]json.RawMessage{strings.ToLower(l.Option): data})
			}
		default:
			return out, nil, fail(http.StatusBadRequest, "'%s' is not a valid bulkEditMultiSelectFieldOption.", l.Option)
		}
	}
	if f.Priority != nil {
		set("priority", ref{ID: f.Priority.ID})
	}
	for _, p := range f.People {
		if p.User == nil {
			set(p.FieldID, nil)
		} else {
			set(p.FieldID, ref{AccountID: p.User.AccountID})
		}
	}
	for _, n := range f.Numbers {
		set(n.FieldID, n.Value)
	}
	for _, d := range f.Dates {
		if d.Date.Formatted == "" {
			set(d.FieldID, nil)
		} else {
			set(d.FieldID, d.Date.Formatted)
		}
	}
	for _, s := range f.Selects {
		if s.Option.ID == -1 {
			set(s.FieldID, nil)
		} else {
			set(s.FieldID, ref{ID: strconv.FormatInt(s.Option.ID, 10)})
		}
	}
	for _, s := range f.Options {
		refs := []ref{}
		for _, o := range s.Options {
			refs = append(refs, ref{ID: strconv.FormatInt(o.ID, 10)})
		}
		set(s.FieldID, refs)
	}
	for _, l := range f.Lines {
		set(l.FieldID, l.Text)
	}
	return out, named, nil
}

// components returns the edit of the components as a list, empty if there is
// none.
func (f *bulkFields) components() []multiValueEdit {
	if f.Components == nil {
		return nil
	}
	return []multiValueEdit{*f.Components}
}

// bulkEdit handles POST bulk/issues/fields. The list selectedActions must name
// exactly the edited fields.
func bulkEdit(r *request) (any, error) {
	var in struct {
		Fields  bulkFields `json:"editedFieldsInput"`
		Actions []string   `json:"selectedActions"`
		Issues  []string   `json:"selectedIssueIdsOrKeys"`
		Mail    *bool      `json:"sendBulkNotification"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	what, named, err := in.Fields.toUpdate()
	if err != nil {
		return nil, err
	}
	slices.Sort(named)
	if actions := slices.Sorted(slices.Values(in.Actions)); !slices.Equal(actions, named) {
		return nil, fail(http.StatusBadRequest, "selectedActions %v do not match the fields of editedFieldsInput %v.", actions, named)
	}
	return r.submit(in.Issues, in.Mail, func(i, draft *store.Issue) (*setter, error) {
		if !access.Can(r.user, i.Project, "EDIT_ISSUES") {
			return nil, fail(http.StatusForbidden, "You do not have permission to edit issues in this project.")
		}
		screen := i.Project.EditScreen(i.Type.ID)
		return r.apply(draft, what, func(id string) bool { return screen.Has(id) && !slices.Contains(createOnlyFields, id) })
	})
}

// screenlessTransitions returns the transitions of an issue that have no
// screen. Bulk operations exclude the others (contract,
// getAvailableTransitions).
func screenlessTransitions(i *store.Issue) []workflow.Transition {
	return slices.DeleteFunc(workflow.Available(i), func(t workflow.Transition) bool { return len(t.Screen) > 0 || t.IsLoop() })
}

// bulkTransitions handles GET bulk/issues/transition: for each workflow of the
// issues, the transitions that all issues of the workflow have in common.
// isTransitionsFiltered says that some issue has further ones.
func bulkTransitions(r *request) (any, error) {
	ids, _, err := r.bulkIssues(r.listParam("issueIdsOrKeys"))
	if err != nil {
		return nil, err
	}
	flows := map[string][]*store.Issue{}
	var names []string
	for _, id := range ids {
		i := r.site.ByID(id)
		name := i.Project.Workflow
		if flows[name] == nil {
			names = append(names, name)
		}
		flows[name] = append(flows[name], i)
	}
	out := []any{}
	for _, name := range names {
		var common []workflow.Transition
		filtered := false
		keys := []string{}
		for n, i := range flows[name] {
			keys = append(keys, i.Key)
			own := screenlessTransitions(i)
			if n == 0 {
				common = own
			}
			before := len(common)
			common = slices.DeleteFunc(common, func(t workflow.Transition) bool {
				return !slices.ContainsFunc(own, func(o workflow.Transition) bool { return o.ID == t.ID })
			})
			filtered = filtered || before != len(common) || len(own) != len(common)
		}
		out = append(out, object{"isTransitionsFiltered": filtered, "issues": keys, "transitions": renderEach(common, func(t workflow.Transition) any {
			id, _ := strconv.Atoi(t.ID)
			to := r.site.Status(t.To)
			status, _ := strconv.Atoi(to.ID)
			return object{"transitionId": id, "transitionName": t.Name, "to": object{"statusId": status, "statusName": to.Name}}
		})})
	}
	return object{"availableTransitions": out}, nil
}

// bulkTransition handles POST bulk/issues/transition. Each element of the
// request has a transition for a list of issues; all of them are one task.
func bulkTransition(r *request) (any, error) {
	var in struct {
		Inputs []struct {
			Issues     []string `json:"selectedIssueIdsOrKeys"`
			Transition string   `json:"transitionId"`
		} `json:"bulkTransitionInputs"`
		Mail *bool `json:"sendBulkNotification"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	var keys []string
	by := map[int64]string{}
	for _, one := range in.Inputs {
		keys = append(keys, one.Issues...)
		for _, key := range one.Issues {
			if i := r.site.Issue(key); i != nil {
				by[i.ID] = one.Transition
			}
		}
	}
	return r.submit(keys, in.Mail, func(i, draft *store.Issue) (*setter, error) {
		return r.transitionDraft(i, draft, issueUpdate{Transition: &ref{ID: by[i.ID]}})
	})
}

// bulkProgress handles GET bulk/queue/{task}. Each call advances the task. The
// result lists are only present once the task is COMPLETE.
func bulkProgress(r *request) (any, error) {
	t, status, done := r.site.PollTask(r.PathValue("task"))
	if t == nil {
		return nil, fail(http.StatusBadRequest, "No task with id '%s' exists.", r.PathValue("task"))
	}
	o := object{"taskId": t.ID, "status": status, "submittedBy": object{"accountId": t.By.ID}, "created": t.Submitted.UnixMilli(), "updated": r.site.Now().UnixMilli(),
		"started": t.Submitted.UnixMilli(), "progressPercent": 100, "totalIssueCount": len(t.Issues) + t.Invalid}
	if len(t.Issues) > 0 {
		o["progressPercent"] = 100 * done / len(t.Issues)
	}
	if status != "COMPLETE" {
		return o, nil
	}
	processed, failed := []int64{}, object{}
	for _, id := range t.Issues {
		if why := t.Failed[id]; why != "" {
			failed[strconv.FormatInt(id, 10)] = []string{why}
		} else {
			processed = append(processed, id)
		}
	}
	o["processedAccessibleIssues"], o["invalidOrInaccessibleIssueCount"] = processed, t.Invalid
	if len(failed) > 0 {
		o["failedAccessibleIssues"] = failed
	}
	return o, nil
}
