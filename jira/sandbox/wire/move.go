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

// target is where issues move, and how.
type target struct {
	Classification bool              `json:"inferClassificationDefaults"`
	Fields         bool              `json:"inferFieldDefaults"`
	Status         bool              `json:"inferStatusDefaults"`
	Subtasks       bool              `json:"inferSubtaskTypeDefault"`
	Issues         []string          `json:"issueIdsOrKeys"`
	Classes        json.RawMessage   `json:"targetClassification"`
	Mandatory      []mandatory       `json:"targetMandatoryFields"`
	Statuses       []json.RawMessage `json:"targetStatus"`
}

type mandatory struct {
	Fields map[string]struct {
		Retain bool            `json:"retain"`
		Type   string          `json:"type"`
		Value  json.RawMessage `json:"value"`
	} `json:"fields"`
}

// bulkMove moves issues to one project and type (contract, submitBulkMove: the
// key of the mapping is project, type and perhaps parent, comma-separated).
func bulkMove(r *request) (any, error) {
	var in struct {
		Mail    *bool             `json:"sendBulkNotification"`
		Targets map[string]target `json:"targetToSourcesMapping"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Targets) != 1 {
		return nil, fail(http.StatusBadRequest, "Exactly one target is supported.")
	}
	for name, to := range in.Targets {
		parts := strings.Split(name, ",")
		if len(parts) < 2 || len(parts) > 3 {
			return nil, fail(http.StatusBadRequest, "'%s' is not a project, a type and a parent.", name)
		}
		p := r.site.Project(parts[0])
		if !access.Can(r.user, p, "CREATE_ISSUES") {
			return nil, fail(http.StatusBadRequest, "You cannot create issues in the project '%s'.", parts[0])
		}
		t := p.Type(parts[1])
		if t == nil || t.ID != parts[1] {
			return nil, fail(http.StatusBadRequest, "The type '%s' is not valid in the project '%s'.", parts[1], p.Key)
		}
		if !to.Status || !to.Subtasks {
			return nil, fail(http.StatusBadRequest, "A mapping of statuses and of sub-tasks is not supported here; infer them.")
		}
		return r.submit(to.Issues, in.Mail, func(i, draft *store.Issue) (*setter, error) { return r.relocate(i, draft, p, t, to) })
	}
	return nil, nil
}

// relocate moves a draft. What the target does not have is lost.
func (r *request) relocate(i, draft *store.Issue, p *store.Project, t *store.IssueType, to target) (*setter, error) {
	if !access.Can(r.user, i.Project, "MOVE_ISSUES") {
		return nil, fail(http.StatusForbidden, "You do not have permission to move issues in this project.")
	}
	if t.Subtask() || i.Type.Subtask() {
		return nil, fail(http.StatusBadRequest, "Sub-tasks cannot be moved this way.")
	}
	s := &setter{r: r, draft: draft, bad: map[string]string{}}
	if p != i.Project {
		s.note(r.site.Field("project"), i.Project.ID, i.Project.Name, p.ID, p.Name)
		draft.Project = p
		_, draft.Number = r.site.Take(p)
		draft.Key = p.Key + "-" + strconv.Itoa(draft.Number)
		s.items = append(s.items, store.Item{Field: "Key", FieldType: "jira", FromText: i.Key, ToString: draft.Key})
		draft.Components, draft.FixVersions, draft.Versions, draft.Security = nil, nil, nil, nil
	}
	s.note(r.site.Field("issuetype"), i.Type.ID, i.Type.Name, t.ID, t.Name)
	draft.Type = t
	flow := workflow.All[p.Workflow]
	known := flow.Start == i.Status.Name || slices.ContainsFunc(flow.Moves, func(m workflow.Transition) bool { return m.To == i.Status.Name })
	if !known {
		st := r.site.Status(flow.Start)
		s.note(r.site.Field("status"), i.Status.ID, i.Status.Name, st.ID, st.Name)
		draft.Status, draft.StatusChanged = st, r.site.Now()
	}
	screen := p.Screens[t.ID]
	for id := range draft.Custom {
		if !screen.Has(id) {
			delete(draft.Custom, id)
		}
	}
	for _, m := range to.Mandatory {
		for id, v := range m.Fields {
			raw := v.Value
			var list []string // of ids, where a field takes one
			if f := r.site.Field(id); f != nil && f.Options != nil && f.Type == "option" && json.Unmarshal(raw, &list) == nil && len(list) == 1 {
				raw, _ = json.Marshal(ref{ID: list[0]})
			}
			if f := r.site.Field(id); f != nil {
				s.set(f, raw)
			}
		}
	}
	for _, id := range screen.Required {
		if f := r.site.Field(id); f.Custom != "" && draft.Custom[id] == nil {
			s.refuse(id, f.Name+" is required.")
		}
	}
	if len(s.bad) > 0 {
		return nil, &problem{status: http.StatusBadRequest, fields: s.bad}
	}
	return s, nil
}
