package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// versionTools is the receiver of jira_manage_version.
type versionTools struct{ env.Env }

// newVersionTools returns the receiver of jira_manage_version for one user.
func newVersionTools(e env.Env) *versionTools { return &versionTools{e} }

// defineVersionTools declares jira_manage_version.
func defineVersionTools() []kit.Tool {
	return kit.Group(newVersionTools,
		kit.Define(kit.Spec{
			Name: "jira_manage_version", Title: "Manage a version", Effect: kit.Manage, Toolset: "versions",
			Description: "Create, change, release, unrelease, archive or unarchive a version of a project. Reports the issues still open in it.",
			Permissions: []string{"ADMINISTER_PROJECTS"},
			Requires:    operation.Keys(jira.OpVersions, jira.OpUpdateVersion, jira.OpCreateVersion, jira.OpSearch, jira.OpSearchProjects, jira.OpMyself),
		}, (*versionTools).manage),
	)
}

// versionInput holds the arguments of jira_manage_version.
type versionInput struct {
	Project     string `json:"project" doc:"key"`
	Version     string `json:"version" doc:"name"`
	Do          string `json:"do" enum:"create,change,release,unrelease,archive,unarchive"`
	Name        string `json:"new_name,omitempty" doc:"with change"`
	Description string `json:"description,omitempty"`
	Start       string `json:"start_date,omitempty" doc:"2026-01-31"`
	Release     string `json:"release_date,omitempty" doc:"2026-01-31; with release default: today"`
	MoveTo      string `json:"move_open_to,omitempty" doc:"with release: version for open issues"`
}

// Describe implements [kit.Describer].
func (in versionInput) Describe() kit.Description {
	return kit.Description{Targets: keys.ProjectTarget(in.Project)}
}

// versionOutput is the result of jira_manage_version. State is the text that
// VersionState returns.
type versionOutput struct {
	Project string     `json:"project"`
	Version string     `json:"version"`
	State   string     `json:"state"`
	Open    []IssueRef `json:"open,omitempty"` // the version's open issues, at most maxOpenIssues
	More    bool       `json:"more_open,omitempty"`
	Note    string     `json:"note,omitempty"`
	kit.DryRunResult
}

// Markdown implements [kit.Output].
func (o *versionOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	return fmt.Sprintf("Version %s of %s is now %s.", o.Version, o.Project, o.State) + o.openText() + text.PrefixIfSet("\n", o.Note)
}

// openText returns the list of the version's open issues as text.
func (o *versionOutput) openText() string {
	if len(o.Open) == 0 {
		return "\nIt has no open issues."
	}
	var list []string
	for _, i := range o.Open {
		list = append(list, i.String())
	}
	text := fmt.Sprintf("\nOpen issues (%d%s):\n", len(o.Open), map[bool]string{true: " and more"}[o.More])
	return text + strings.Join(list, "\n")
}

// maxOpenIssues is the maximum number of open issues listed.
const maxOpenIssues = 20

// manage performs the action of the call on a version and returns its new state
// with its open issues. The open issues are read before the write, since a
// person who releases a version wants to know about them in the dry run. If the
// release moves them to another version, they are read again afterwards; the
// search may show the change with a delay.
func (r *versionTools) manage(ctx context.Context, in versionInput) (*versionOutput, error) {
	defer r.ZoneAhead(ctx)()
	project, err := r.Names.Project(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	all, err := r.Jira.Versions(ctx, project)
	if err != nil {
		return nil, query.ExplainMissingProject(err)
	}
	zone, err := r.Zone(ctx)
	if err != nil {
		return nil, err
	}
	members, err := in.properties(all, r.Now().In(zone))
	if err != nil {
		return nil, kit.NothingChanged("%w", err)
	}
	if in.Do == "create" {
		return r.create(ctx, project, in, all, members)
	}
	was, err := FindVersion(all, in.Version, "version")
	if err != nil {
		return nil, kit.NothingChanged("%w", err)
	}
	out := &versionOutput{Project: project, Version: was.Name, State: VersionState(was)}
	if err := r.addOpenIssues(ctx, out, was.ID); err != nil {
		return nil, err
	}
	defer r.Names.ForgetScreens()
	now, err := r.Jira.UpdateVersion(ctx, was.ID, members)
	if write.IsDryRun(err) {
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("%s version %s of %s, which is %s", in.Do, was.Name, project, out.State), Changes: versionChanges(was, members), Notes: []string{strings.TrimSpace(out.openText())}}
		return out, nil
	}
	lost, err := write.ClassifyError(err, "The change", fmt.Sprintf(`jira_lookup {"kind":"version","project":%q}`, project))
	if err != nil {
		return nil, explainVersionError(err, project)
	}
	if lost {
		out.Note = "Jira accepted it; its answer was lost."
		return out, nil
	}
	out.Version, out.State = now.Name, VersionState(now)
	if in.MoveTo != "" {
		before := len(out.Open)
		if err := r.addOpenIssues(ctx, out, was.ID); err != nil {
			out.Note = "The open issues could not be read: " + kit.ErrorText(err)
		} else if before > 0 {
			out.Note = "Its open issues were moved to " + in.MoveTo + "; search may show this with a delay."
		}
	}
	return out, nil
}

// create creates a version, unless the project has one with this name, ignoring
// case.
func (r *versionTools) create(ctx context.Context, project string, in versionInput, all []jira.Version, members map[string]any) (*versionOutput, error) {
	if at := slices.IndexFunc(all, func(v jira.Version) bool { return strings.EqualFold(v.Name, strings.TrimSpace(in.Version)) }); at >= 0 {
		return nil, kit.NothingChanged("%s already has a version %s, which is %s", project, all[at].Name, VersionState(all[at]))
	}
	id, err := r.projectID(ctx, project)
	if err != nil {
		return nil, err
	}
	members["projectId"], members["name"] = id, strings.TrimSpace(in.Version)
	defer r.Names.ForgetScreens()
	made, err := r.Jira.CreateVersion(ctx, members)
	out := &versionOutput{Project: project, Version: strings.TrimSpace(in.Version), State: "unreleased"}
	if write.IsDryRun(err) {
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("create version %s in %s", out.Version, project), Changes: versionChanges(jira.Version{}, members)}
		return out, nil
	}
	lost, err := write.ClassifyError(err, "The version", fmt.Sprintf(`jira_lookup {"kind":"version","project":%q}`, project))
	if err != nil {
		return nil, explainVersionError(err, project)
	}
	if lost {
		out.Note = "Jira accepted it; its answer was lost."
		return out, nil
	}
	out.Version, out.State = made.Name, VersionState(made)
	return out, nil
}

// projectID returns the numeric id of a project, which Jira requires to create
// a version.
func (r *versionTools) projectID(ctx context.Context, project string) (int64, error) {
	page, err := r.Jira.SearchProjects(ctx, project, 0, 50)
	if err != nil {
		return 0, err
	}
	for _, p := range page.Projects {
		if strings.EqualFold(p.Key, project) || p.ID == project {
			return strconv.ParseInt(p.ID, 10, 64)
		}
	}
	return 0, fmt.Errorf("no project %s is visible to this server's user; jira_list_projects lists the visible ones", project)
}

// explainVersionError explains Jira's 404 to a write: Jira returns it to a user
// who does not administer the project.
func explainVersionError(err error, project string) error {
	if jira.IsMissing(err) {
		return fmt.Errorf("only administrators of %s can manage its versions, and this server's user is not one (%w)", project, err)
	}
	return err
}

// properties returns the members of Jira's Version that the call sets, by their
// names in the API. It checks the dates and which arguments go with which
// action. A release without a date gets today's. all is the list of the
// project's versions, among which it finds the target of move_open_to: Jira
// expects its address (self) as moveUnfixedIssuesTo.
func (in versionInput) properties(all []jira.Version, now time.Time) (map[string]any, error) {
	out := map[string]any{}
	for name, date := range map[string]string{"startDate": in.Start, "releaseDate": in.Release} {
		if date == "" {
			continue
		}
		m, err := names.ParseMoment(date, now, names.Future)
		if err != nil {
			return nil, err
		}
		out[name] = m.At.Format(time.DateOnly)
	}
	if in.Description != "" {
		out["description"] = in.Description
	}
	switch in.Do {
	case "release":
		out["released"] = true
		if in.Release == "" {
			out["releaseDate"] = now.Format(time.DateOnly)
		}
	case "unrelease":
		out["released"] = false
	case "archive", "unarchive":
		out["archived"] = in.Do == "archive"
	case "change":
		if in.Name != "" {
			out["name"] = strings.TrimSpace(in.Name)
		}
		if len(out) == 0 {
			return nil, errors.New("nothing to change; set new_name, description, start_date or release_date")
		}
	}
	if in.Name != "" && in.Do != "change" {
		return nil, errors.New("new_name requires do: change")
	}
	if in.MoveTo == "" {
		return out, nil
	}
	if in.Do != "release" {
		return nil, errors.New("move_open_to requires do: release")
	}
	to, err := FindVersion(all, in.MoveTo, "target version")
	if err != nil {
		return nil, err
	}
	if to.Self == "" {
		return nil, errors.New("Jira returned no address for the target version") //nolint:staticcheck // a name
	}
	out["moveUnfixedIssuesTo"] = to.Self
	return out, nil
}

// FindVersion returns the version with a name (ignoring case), or else with an
// id. If there is none, it returns a [names.UnknownError] with the names of all
// versions; kind says in the error what was searched for.
func FindVersion(all []jira.Version, name, kind string) (jira.Version, error) {
	found := names.Match(all, name, func(v jira.Version) string { return v.Name }, func(v jira.Version) string { return v.ID })
	if len(found) == 1 {
		return found[0], nil
	}
	var list []string
	for _, v := range found {
		list = append(list, fmt.Sprintf("%s (id %s)", v.Name, v.ID))
	}
	if len(found) > 1 {
		return jira.Version{}, &names.UnknownError{Kind: kind, Given: name, Allowed: list, Ambiguous: true}
	}
	for _, v := range all {
		list = append(list, v.Name)
	}
	return jira.Version{}, &names.UnknownError{Kind: kind, Given: name, Allowed: list}
}

// versionChanges returns the changes that a write would make, for the preview
// of a dry run, in a fixed order. The values before are empty for a new
// version.
func versionChanges(was jira.Version, members map[string]any) []kit.Change {
	var out []kit.Change
	for _, part := range []struct{ name, label, before string }{{"name", "Name", was.Name}, {"description", "Description", was.Description}, {"startDate", "Start", was.StartDate},
		{"releaseDate", "Release", was.ReleaseDate}, {"released", "Released", strconv.FormatBool(was.Released)}, {"archived", "Archived", strconv.FormatBool(was.Archived)}} {
		if v, ok := members[part.name]; ok {
			before := part.before
			if was.ID != "" {
				before = text.ValueOrEmpty(before)
			}
			out = append(out, kit.Change{Field: part.label, Before: before, After: fmt.Sprint(v)})
		}
	}
	return out
}

// addOpenIssues sets the output's list of open issues to the issues with this
// fix version that are not in the status category Done, the most important
// first.
func (r *versionTools) addOpenIssues(ctx context.Context, out *versionOutput, id string) error {
	page, err := r.Jira.SearchPage(ctx, jira.Search{JQL: "fixVersion = " + id + " AND statusCategory != Done ORDER BY priority DESC, key", Fields: []string{"summary", "status"}, Limit: maxOpenIssues})
	if err != nil {
		return fmt.Errorf("the version's open issues could not be listed: %w", err)
	}
	out.Open, out.More = nil, page.Next != ""
	for _, i := range page.Issues {
		out.Open = append(out.Open, *newIssueRef(i))
	}
	return nil
}

// VersionState returns a version's state and its release date: "released
// 2026-01-31", or "unreleased" if it has no date.
func VersionState(v jira.Version) string {
	state := "unreleased"
	switch {
	case v.Archived:
		state = "archived"
	case v.Released:
		state = "released"
	}
	return state + text.PrefixIfSet(" ", v.ReleaseDate)
}
