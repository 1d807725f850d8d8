package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// fieldTools is the receiver of jira_get_fields.
type fieldTools struct{ env.Env }

// newFieldTools returns the receiver of jira_get_fields for one user.
func newFieldTools(e env.Env) *fieldTools { return &fieldTools{e} }

// defineFieldTools declares jira_get_fields.
func defineFieldTools() []kit.Tool {
	return kit.Group(newFieldTools,
		kit.Define(kit.Spec{
			Name: "jira_get_fields", Title: "Get fields", Effect: kit.Read, Toolset: "issues", Default: true,
			Description: "Get the fields that can be set when creating (project and type) or editing (issue): kind, required, allowed values. Without type, lists the issue types.",
			Requires:    operation.Keys(jira.OpCreatableIssueTypes, jira.OpCreateScreenFields, jira.OpGetIssue), Optional: operation.Keys(jira.OpSearchProjects, jira.OpMyself),
		}, (*fieldTools).get),
	)
}

// fieldsInput holds the arguments of jira_get_fields: a project with or without
// a type, or an issue.
type fieldsInput struct {
	Project string `json:"project,omitempty" doc:"key"`
	Type    string `json:"type,omitempty"`
	Issue   string `json:"issue,omitempty" doc:"key"`
	Query   string `json:"query,omitempty" doc:"part of a field name or allowed value"`
	All     bool   `json:"all,omitempty" doc:"also show the values of optional fields"`
}

// fieldsOutput is the result of jira_get_fields: the issue types of a project,
// or the fields of a create or edit screen.
type fieldsOutput struct {
	Heading string      `json:"of"`
	Types   []string    `json:"types,omitempty"`
	Fields  []fieldView `json:"fields,omitempty"`
	Note    string      `json:"note,omitempty" text:"lines"`

	// folds reports that the text shows optional fields by name only: the call has
	// no query.
	folds bool
}

// fieldView is a field that can be set.
type fieldView struct {
	Name     string   `json:"name"`
	ID       string   `json:"id,omitempty"` // only if several fields have this name
	Kind     string   `json:"kind"`
	Required bool     `json:"required,omitempty"`
	Allowed  []string `json:"allowed,omitempty"`
	More     int      `json:"more_allowed,omitempty"` // number of allowed values that are not listed
	Default  string   `json:"default,omitempty"`
}

// Markdown implements [kit.Output].
func (o *fieldsOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	b.WriteString(o.Heading)
	if len(o.Types) > 0 {
		b.WriteString("\nTypes: " + strings.Join(o.Types, ", "))
	}
	var folded []string
	for _, f := range o.Fields {
		if o.folds && !f.Required {
			folded = append(folded, f.folded())
			continue
		}
		fmt.Fprintf(&b, "\n%s", f.Name)
		if f.ID != "" {
			b.WriteString(" [" + f.ID + "]")
		}
		b.WriteString(" | " + f.Kind)
		if f.Required {
			b.WriteString(" | required")
		}
		if len(f.Allowed) > 0 {
			b.WriteString(" | " + strings.Join(f.Allowed, ", "))
			if f.More > 0 {
				fmt.Fprintf(&b, " and %d more: use query", f.More)
			}
		}
		b.WriteString(text.PrefixIfSet(" | default ", f.Default))
	}
	b.WriteString(text.PrefixIfSet("\nOptional (query or all shows their values): ", strings.Join(folded, ", ")))
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}

// folded returns an optional field in short: its name, and in brackets what it
// takes, if the name does not say it.
func (f fieldView) folded() string {
	name := f.Name
	if f.ID != "" {
		name += " [" + f.ID + "]"
	}
	kind, _, _ := strings.Cut(f.Kind, ",")
	if n := len(f.Allowed) + f.More; n > 0 {
		kind = fmt.Sprintf("%s %d", kind, n)
	}
	return name + " (" + kind + ")"
}

// maxAllowed is the number of allowed values listed for a field in an answer to
// a call without a query.
const maxAllowed = 15

// get lists the issue types that can be created in a project, the fields for
// creating an issue of one type, or the fields for editing an existing issue.
// It leaves out the project and the issue type, which every tool takes by their
// own arguments, and attachments, which need another tool.
func (f *fieldTools) get(ctx context.Context, in fieldsInput) (*fieldsOutput, error) {
	if in.Issue == "" && in.Project == "" {
		in.Project = f.Names.OnlyProject()
	}
	switch {
	case in.Issue != "" && (in.Project != "" || in.Type != ""):
		return nil, errors.New("give either issue, to edit it, or project and type, to file one")
	case in.Issue == "" && in.Project == "":
		return nil, errors.New("give project and type to file an issue, or issue to edit it. jira_list_projects lists the projects")
	case in.Issue != "":
		return f.editFields(ctx, in)
	}
	project, err := f.Names.Project(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	if in.Type == "" {
		types, err := f.Names.Types(ctx, project)
		if err != nil {
			return nil, query.ExplainMissingProject(err)
		}
		out := &fieldsOutput{Heading: "Filing in " + project + ":", Note: "Give type to list its fields."}
		for _, t := range types {
			name := t.Name
			if t.Subtask {
				name += " (needs a parent)"
			}
			out.Types = append(out.Types, name)
		}
		if len(types) == 0 {
			out.Heading, out.Note = "This server's user may not file issues in "+project+".", ""
		}
		return out, nil
	}
	kind, err := f.Names.Type(ctx, project, in.Type)
	if err != nil {
		return nil, query.ExplainMissingProject(err)
	}
	screen, err := f.Names.CreateScreen(ctx, project, kind.ID)
	if err != nil {
		return nil, query.ExplainMissingProject(err)
	}
	screen = slices.DeleteFunc(slices.Clone(screen), func(m jira.FieldMeta) bool { return m.ID == "project" || m.ID == "issuetype" || m.ID == "attachment" })
	return f.withZone(ctx, listFields(fmt.Sprintf("Filing %s in %s:", text.WithArticle(kind.Name), project), screen, in))
}

// editFields lists the fields of an issue's edit screen (editmeta), without
// comments and attachments, which have tools of their own. The screen is empty
// if this server's user may not edit the issue.
func (f *fieldTools) editFields(ctx context.Context, in fieldsInput) (*fieldsOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	issue, err := f.Jira.GetIssue(ctx, key, []string{"summary"}, []string{"editmeta"})
	if err != nil {
		return nil, err
	}
	screen := slices.DeleteFunc(issue.EditMeta.SortedFields(), func(m jira.FieldMeta) bool { return m.ID == "comment" || m.ID == "attachment" })
	if len(screen) == 0 {
		return &fieldsOutput{Heading: fmt.Sprintf("This server's user may not edit %s.", issue.Key)}, nil
	}
	return f.withZone(ctx, listFields("Editing "+issue.Key+":", screen, in))
}

// withZone adds the zone in which times are read, if a field takes a time.
func (f *fieldTools) withZone(ctx context.Context, out *fieldsOutput) (*fieldsOutput, error) {
	if !slices.ContainsFunc(out.Fields, func(v fieldView) bool { return strings.Contains(v.Kind, "T14:30") }) {
		return out, nil
	}
	zone, err := f.Zone(ctx)
	if err != nil {
		return nil, err
	}
	out.Note = strings.TrimSpace(out.Note + "\nTimes without a zone are in " + zone.String() + ".")
	return out, nil
}

// listFields returns the fields of a screen, required ones first. A field with
// a default value does not count as required.
//
// A query selects fields and values, ignoring case and accents. A field whose name contains
// it is listed with all of its allowed values; any other field is listed only
// if some of its allowed values contain the query, and with these values alone.
// For example, "high" lists the field Priority with the values High and
// Highest. If nothing matches, the note lists all field names.
func listFields(of string, screen []jira.FieldMeta, in fieldsInput) *fieldsOutput {
	query := in.Query
	out := &fieldsOutput{Heading: of, Fields: []fieldView{}, folds: query == "" && !in.All}
	has := func(s string) bool {
		return strings.Contains(names.Fold(s), names.Fold(query))
	}
	called := map[string]int{}
	for _, m := range screen {
		called[strings.ToLower(m.Name)]++
	}
	screen = slices.Clone(screen)
	slices.SortStableFunc(screen, func(a, b jira.FieldMeta) int {
		return compareTrueFirst(a.Required && !a.HasDefault, b.Required && !b.HasDefault)
	})
	for _, m := range screen {
		v := fieldView{Name: m.Name, Kind: form.ValueKind(m), Required: m.Required && !m.HasDefault, Default: text.Shorten(text.OneLine(names.Format(m.Default)), 80)}
		if called[strings.ToLower(m.Name)] > 1 {
			v.ID = m.ID
		}
		values := form.AllowedValueNames(m)
		if !has(m.Name) && (m.Untranslated == "" || !has(m.Untranslated)) && !strings.EqualFold(m.ID, strings.TrimSpace(query)) {
			if values = slices.DeleteFunc(values, func(s string) bool { return !has(s) }); len(values) == 0 {
				continue
			}
		}
		if v.More = len(values) - maxAllowed; query == "" && v.More > 0 {
			values = values[:maxAllowed]
		} else {
			v.More = 0
		}
		v.Allowed = values
		out.Fields = append(out.Fields, v)
	}
	if len(out.Fields) == 0 {
		var all []string
		for _, m := range screen {
			all = append(all, m.Name)
		}
		out.Note = fmt.Sprintf("No field name or allowed value contains %q. Fields: %s", query, strings.Join(all, ", "))
	}
	return out
}

// compareTrueFirst compares two booleans for sorting: true comes before false.
func compareTrueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// Trim implements [kit.Trimmer]: it first cuts the allowed values of all fields
// to the same number, at least three, and only then removes the last fields, as
// long as there are more than ten. The query argument retrieves both.
func (o *fieldsOutput) Trim(room *kit.Room) bool {
	const fewValues, fewFields = 3, 10
	all, most := slices.Clone(o.Fields), 0
	for _, f := range all {
		most = max(most, len(f.Allowed))
	}
	if most > fewValues {
		room.Keep(fewValues, most-1, func(n int) {
			for i, f := range all {
				if len(f.Allowed) > n {
					f.More, f.Allowed = f.More+len(f.Allowed)-n, f.Allowed[:n]
				}
				o.Fields[i] = f
			}
		})
		return true
	}
	if len(all) <= fewFields {
		return false
	}
	o.Note = "Not all fields fit; use query to find the others."
	room.Keep(fewFields, len(all)-1, func(n int) { o.Fields = all[:n] })
	return true
}
