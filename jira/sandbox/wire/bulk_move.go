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

// moveTarget describes a move: the issues, and how their values map to the
// target. The flags infer* let Jira choose the mapping. The classification and
// the flag for fields are accepted and ignored.
type moveTarget struct {
	Classification bool              `json:"inferClassificationDefaults"`
	Fields         bool              `json:"inferFieldDefaults"`
	Status         bool              `json:"inferStatusDefaults"`
	Subtasks       bool              `json:"inferSubtaskTypeDefault"`
	Issues         []string          `json:"issueIdsOrKeys"`
	Classes        json.RawMessage   `json:"targetClassification"`
	Mandatory      []mandatoryFields `json:"targetMandatoryFields"`
	Statuses       []json.RawMessage `json:"targetStatus"`
}

// mandatoryFields gives values to the required fields of the target, by field
// id. The keys retain and type are accepted and ignored.
type mandatoryFields struct {
	Fields map[string]struct {
		Retain bool            `json:"retain"`
		Type   string          `json:"type"`
		Value  json.RawMessage `json:"value"`
	} `json:"fields"`
}

// bulkMove handles POST bulk/issues/move, which moves issues to one project and
// type. The key of the mapping is the project, the type's id and perhaps a
// parent, separated by commas, such as "OPS,10001" (contract, submitBulkMove).
// The sandbox supports one target and inferred statuses only, and ignores the
// parent.
func bulkMove(r *request) (any, error) {
	var in struct {
		Mail    *bool                 `json:"sendBulkNotification"`
		Targets map[string]moveTarget `json:"targetToSourcesMapping"`
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
		return r.submit(to.Issues, in.Mail, func(i, draft *store.Issue) (*setter, error) { return r.moveDraft(i, draft, p, t, to) })
	}
	return nil, nil
}

// moveDraft moves the draft of an issue to a project and type:
//
//  1. In another project it gets a new number and key, and loses its
//     components, versions and security level. The old key still finds it.
//  2. A status that the target's workflow does not have becomes that workflow's
//     first one.
//  3. Custom fields that are not on the target's screen are removed.
//  4. The mandatory fields of the request are set.
//  5. The move fails if a required custom field has no value.
//
// Sub-tasks cannot be moved.
func (r *request) moveDraft(i, draft *store.Issue, p *store.Project, t *store.IssueType, to moveTarget) (*setter, error) {
	if !access.Can(r.user, i.Project, "MOVE_ISSUES") {
		return nil, fail(http.StatusForbidden, "You do not have permission to move issues in this project.")
	}
	if t.IsSubtask() || i.Type.IsSubtask() {
		return nil, fail(http.StatusBadRequest, "Sub-tasks cannot be moved this way.")
	}
	s := &setter{r: r, draft: draft, errors: map[string]string{}}
	if p != i.Project {
		s.recordChange(r.site.Field("project"), i.Project.ID, i.Project.Name, p.ID, p.Name)
		draft.Project = p
		_, draft.Number = r.site.ReserveNumber(p)
		draft.Key = p.Key + "-" + strconv.Itoa(draft.Number)
		s.items = append(s.items, store.Item{Field: "Key", FieldType: "jira", FromText: i.Key, ToString: draft.Key})
		draft.Components, draft.FixVersions, draft.Versions, draft.Security = nil, nil, nil, nil
	}
	s.recordChange(r.site.Field("issuetype"), i.Type.ID, i.Type.Name, t.ID, t.Name)
	draft.Type = t
	flow := workflow.All[p.Workflow]
	known := flow.InitialStatus == i.Status.Name || slices.ContainsFunc(flow.Transitions, func(m workflow.Transition) bool { return m.To == i.Status.Name })
	if !known {
		st := r.site.Status(flow.InitialStatus)
		s.recordChange(r.site.Field("status"), i.Status.ID, i.Status.Name, st.ID, st.Name)
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
			// A mandatory option comes as a list with one id.
			var list []string
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
	if len(s.errors) > 0 {
		return nil, &problem{status: http.StatusBadRequest, fields: s.errors}
	}
	return s, nil
}
