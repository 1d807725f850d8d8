package issues

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// projectTools is the receiver of jira_list_projects.
type projectTools struct{ env.Env }

// newProjectTools returns the receiver of jira_list_projects for one user.
func newProjectTools(e env.Env) *projectTools { return &projectTools{e} }

// defineProjectTools declares jira_list_projects.
func defineProjectTools() []kit.Tool {
	return kit.Group(newProjectTools,
		kit.Define(kit.Spec{
			Name: "jira_list_projects", Title: "List projects", Effect: kit.Read, Toolset: "projects", Default: true,
			Description: "List the visible projects: key, name, kind, and what the user may do there.",
			Requires:    operation.Keys(jira.OpSearchProjects), Optional: operation.Keys(jira.OpCheckPermissions),
		}, (*projectTools).list),
	)
}

// projectsInput holds the arguments of jira_list_projects.
type projectsInput struct {
	Query string `json:"query,omitempty" doc:"part of key or name"`
	Start int    `json:"start,omitempty" min:"0" doc:"next page, from the last answer"`
}

// projectsOutput is the result of jira_list_projects: one page of projects.
// start and query repeat the arguments, for the text of the answer.
type projectsOutput struct {
	Projects []projectView `json:"projects"`
	Total    int           `json:"total"`
	Next     int           `json:"next_start,omitempty"` // start of the next page; 0 on the last one
	Note     string        `json:"note,omitempty"`

	start int
	query string
}

// projectView is a project in one line, with what the user may do in it.
type projectView struct {
	Key  string   `json:"key"`
	Name string   `json:"name"`
	Kind string   `json:"kind"`
	May  []string `json:"may,omitempty"` // create, edit, comment, move
}

// permission is one of Jira's permissions: its key, the word that the answer
// uses for it, and the effect of the tools that need it.
type permission struct {
	key, word string
	effect    kit.Effect
}

// reportedPermissions lists the permissions that the answer reports.
var reportedPermissions = []permission{
	{"CREATE_ISSUES", "create", kit.Create}, {"EDIT_ISSUES", "edit", kit.Edit}, {"ADD_COMMENTS", "comment", kit.Comment}, {"TRANSITION_ISSUES", "transition", kit.Transition},
}

// projectsPage is the number of projects in one answer.
const projectsPage = 50

// list returns one page of the projects that the user can see, with what the
// user and this server may do in each. If the permissions cannot be read, it
// returns the projects with a note.
func (p *projectTools) list(ctx context.Context, in projectsInput) (*projectsOutput, error) {
	page, err := p.Jira.SearchProjects(ctx, in.Query, in.Start, projectsPage)
	if err != nil {
		return nil, err
	}
	out := &projectsOutput{Projects: []projectView{}, Total: max(page.Total, len(page.Projects)), start: in.Start, query: in.Query}
	if next := in.Start + len(page.Projects); !page.IsLast && next < page.Total {
		out.Next = next
	}
	var may map[string][]string
	out.Note, err = env.Secondary(ctx, "the user's permissions", func(ctx context.Context) (err error) {
		may, err = p.userPermissions(ctx, page.Projects)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, project := range page.Projects {
		kind := project.Type
		if kind == "service_desk" {
			kind = "service desk"
		}
		if project.Archived {
			kind += ", archived"
		}
		out.Projects = append(out.Projects, projectView{project.Key, project.Name, kind, p.filterAllowed(project.Key, may[project.ID])})
	}
	return out, nil
}

// filterAllowed removes from a list of permission words those that this server
// does not permit, whatever the user may do in Jira: writes outside the project
// fence, and effects that the server's policy excludes.
func (p *projectTools) filterAllowed(key string, may []string) []string {
	around := p.Jira.Fence()
	return slices.DeleteFunc(may, func(word string) bool {
		i := slices.IndexFunc(reportedPermissions, func(a permission) bool { return a.word == word })
		return around != nil && !around.MayWrite(key) || p.Limits != nil && !slices.Contains(p.Limits.Effects, reportedPermissions[i].effect)
	})
}

// userPermissions returns the words of the permissions that the user has, by
// project id. It asks Jira about all projects in one request.
func (p *projectTools) userPermissions(ctx context.Context, list []jira.Project) (map[string][]string, error) {
	var ids []int64
	for _, project := range list {
		if id, err := strconv.ParseInt(project.ID, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var wanted []string
	for _, a := range reportedPermissions {
		wanted = append(wanted, a.key)
	}
	grants, err := p.Jira.CheckPermissions(ctx, wanted, ids)
	if err != nil {
		return nil, err
	}
	may := map[string][]string{}
	for _, a := range reportedPermissions {
		for _, g := range grants {
			if g.Permission != a.key {
				continue
			}
			for _, id := range ids {
				if slices.Contains(g.Projects, id) {
					key := strconv.FormatInt(id, 10)
					may[key] = append(may[key], a.word)
				}
			}
		}
	}
	return may, nil
}

// Markdown implements [kit.Output].
func (o *projectsOutput) Markdown(m kit.Mark) string {
	if len(o.Projects) == 0 {
		if o.start > 0 {
			return fmt.Sprintf("No projects from %d on; there are only %d.", o.start+1, o.Total)
		}
		if o.query != "" {
			return fmt.Sprintf("No project visible to this server's user has %q in its key or name.", o.query)
		}
		return "No projects are visible to this server's user."
	}
	var b strings.Builder
	b.WriteString("key | name | kind | the user may")
	for _, p := range o.Projects {
		may := strings.Join(p.May, ", ")
		if may == "" {
			may = "read only"
			if o.Note != "" {
				may = "?"
			}
		}
		fmt.Fprintf(&b, "\n%s | %s | %s | %s", p.Key, p.Name, p.Kind, may)
	}
	if o.Next > 0 {
		fmt.Fprintf(&b, "\n%d–%d of %d; more: start %d", o.start+1, o.start+len(o.Projects), o.Total, o.Next)
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}
