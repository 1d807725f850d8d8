package fence

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// checkMembers refuses a body with a member that neither the operation's
// declaration nor the list of harmless members covers. In a read, fields lists
// the fields of the answer.
func (c *requestCheck) checkMembers() error {
	op := c.in.Operation
	for member := range c.body {
		covered := slices.ContainsFunc(op.Names, func(n operation.Reference) bool { return n.At == "body:"+member })
		if !covered && !slices.Contains(harmlessMembers, member) && (op.Writes() || member != "fields") {
			return c.ErrUndecidable("cannot check %q of %s", member, op.ID)
		}
	}
	return nil
}

// checkName checks one name that an operation declares. The issues were checked
// before, all at once: see issuesNamed.
func (c *requestCheck) checkName(ctx context.Context, n operation.Reference) error {
	op, values := c.in.Operation, c.valuesAt(n.At)
	switch n.Kind {
	case operation.KindSite, operation.KindIssue, operation.KindPart:
		return nil
	case operation.KindProject:
		// Some operations take an issue in place of its project.
		issue := slices.ContainsFunc(op.Names, func(n operation.Reference) bool {
			return n.Kind == operation.KindIssue && len(c.valuesAt(n.At)) > 0
		})
		if len(values) == 0 && strings.HasPrefix(n.At, "query:") && !issue {
			return c.ErrUndecidable("%s must name one of them", op.ID)
		}
		return c.checkProjects(ctx, values, op.Writes())
	case operation.KindProjectList:
		c.setQuery(n.At, c.Projects())
		return nil
	case operation.KindBulkMove:
		return c.checkBulkMove(ctx)
	case operation.KindNewIssues:
		return c.checkNewIssues(ctx)
	case operation.KindLink, operation.KindTask, operation.KindVersion, operation.KindBoard, operation.KindSprint:
		return c.checkIDs(ctx, n.Kind, values, op.Writes())
	case operation.KindJQL:
		return c.confineQuery(ctx, n)
	case operation.KindFields, operation.KindNewFields:
		_, member, _ := strings.Cut(n.At, ":")
		return c.checkFields(ctx, c.body[member], n.Kind == operation.KindNewFields)
	case operation.KindFieldValues:
		for _, v := range values {
			if !slices.Contains(siteWideFields, strings.ToLower(v)) {
				return c.ErrUndecidable("does not list site-wide values")
			}
		}
		return nil
	case operation.KindUsers:
		if op.HasKind(operation.KindProject) {
			return nil // searched among the people of projects inside
		}
		return c.ErrUndecidable("searches for people only in those projects")
	case operation.KindAttachment:
		for _, v := range values {
			issue, _, seen := c.attachments.Peek(v)
			if !seen {
				return c.ErrUndecidable("returns only attachments of issues it has read before")
			}
			if err := c.checkIssues(ctx, []string{issue}, op.Writes()); err != nil {
				return err
			}
		}
		return nil
	}
	return c.ErrUndecidable("cannot check %s", op.ID)
}

// setQuery replaces the values of a query parameter, in a copy of the query.
func (c *requestCheck) setQuery(at string, values []string) {
	_, name, _ := strings.Cut(at, ":")
	c.in.Query = cloneQuery(c.in.Query)
	c.in.Query[name] = values
}

// checkProjects checks projects by key or id.
func (g *Guard) checkProjects(ctx context.Context, values []string, writes bool) error {
	if err := g.checkInside(ctx, values, g.FindByKeyOrID); err != nil {
		return err
	}
	for _, v := range values {
		if key, _ := g.FindByKeyOrID(v); writes && !g.MayWrite(key) {
			return g.ErrNotWritable()
		}
	}
	return nil
}

// checkInside checks that find finds each of some projects inside. It fetches
// the ids and names of the projects at the first name that is not known yet.
func (g *Guard) checkInside(ctx context.Context, values []string, find func(string) (string, bool)) error {
	for _, v := range values {
		if _, inside := find(v); inside {
			continue
		}
		if err := g.loadProjects(ctx); err != nil {
			return err
		}
		if _, inside := find(v); !inside {
			return g.ErrOutside(v, nil)
		}
	}
	return nil
}

// confineQuery replaces the caller's query with the confined one.
func (c *requestCheck) confineQuery(ctx context.Context, n operation.Reference) error {
	_, member, _ := strings.Cut(n.At, ":")
	query, _ := c.body[member].(string)
	if err := c.loadProjects(ctx); err != nil {
		return err
	}
	confined, err := c.ConfineQuery(ctx, query, &nameChecker{c.Guard, c.known})
	if err != nil {
		return err
	}
	c.body[member] = confined
	return nil
}

// checkFields checks the field values of a write: the project that the issue
// goes to, and the things that custom fields name. The issues in them were
// checked before.
func (c *requestCheck) checkFields(ctx context.Context, v any, needsProject bool) error {
	all, _ := v.(map[string]any)
	for id, value := range all {
		if id == "project" {
			if err := c.checkTargetProject(ctx, value); err != nil {
				return err
			}
			continue
		}
		if err := c.checkCustomField(ctx, id, value); err != nil {
			return err
		}
	}
	if _, given := all["project"]; needsProject && !given {
		return c.ErrUndecidable("a new issue requires a project")
	}
	return nil
}

// checkCustomField checks the value of a custom field that refers to something
// in a project: a sprint by its number, or a project by key, id or name.
// Versions and components need no check, since Jira accepts only those of the
// issue's own project.
func (c *requestCheck) checkCustomField(ctx context.Context, id string, value any) error {
	if !strings.HasPrefix(id, "customfield_") || value == nil {
		return nil
	}
	site := &nameChecker{c.Guard, c.known}
	kind, err := site.FieldKind(ctx, id)
	if err != nil {
		return err
	}
	for _, text := range allScalars(value) {
		inside := true
		switch _, notNumber := strconv.ParseInt(text, 10, 64); {
		case kind == operation.KindSprint && notNumber == nil:
			inside, err = c.sprintInside(ctx, text)
		case kind == operation.KindProject:
			inside, err = site.Inside(ctx, kind, text)
		}
		if err != nil {
			return err
		}
		if !inside {
			return c.ErrOutside("", nil)
		}
	}
	return nil
}

// checkTargetProject checks the project of a new or edited issue. It checks
// each of key, id and name that the value has, since the key of one project can
// be the name of another.
func (g *Guard) checkTargetProject(ctx context.Context, value any) error {
	o, _ := value.(map[string]any)
	given := false
	for part, find := range map[string]func(string) (string, bool){"key": g.FindByKeyOrID, "id": g.FindByKeyOrID, "name": g.FindByName} {
		if o[part] == nil {
			continue
		}
		who := strings.Join(scalars(o[part]), " ")
		if err := g.checkInside(ctx, []string{who}, find); err != nil {
			return err
		}
		if key, _ := find(who); !g.MayWrite(key) {
			return g.ErrNotWritable()
		}
		given = true
	}
	if !given {
		return g.ErrUndecidable("no project was given")
	}
	return nil
}

// bulkMoveMembers are the known members of one target of a bulk move (contract,
// submitBulkMove).
var bulkMoveMembers = []string{"inferClassificationDefaults", "inferFieldDefaults", "inferStatusDefaults", "inferSubtaskTypeDefault", "issueIdsOrKeys", "targetMandatoryFields"}

// checkBulkMove checks the projects that issues move to, which are in the keys
// of the mapping ("PROJECT,TYPE"). The issues were checked before.
func (c *requestCheck) checkBulkMove(ctx context.Context) error {
	targets, _ := c.body["targetToSourcesMapping"].(map[string]any)
	for to, v := range targets {
		project, _, _ := strings.Cut(to, ",")
		if err := c.checkProjects(ctx, []string{project}, true); err != nil {
			return err
		}
		target, _ := v.(map[string]any)
		for id, value := range mandatoryFields(target) {
			if err := c.checkCustomField(ctx, id, value); err != nil {
				return err
			}
		}
		for name := range target {
			if !slices.Contains(bulkMoveMembers, name) {
				return c.ErrUndecidable("cannot check %q of a move", name)
			}
		}
	}
	return nil
}

// checkNewIssues checks the issues of a bulk create.
func (c *requestCheck) checkNewIssues(ctx context.Context) error {
	list, _ := c.body["issueUpdates"].([]any)
	for _, one := range list {
		update, _ := one.(map[string]any)
		for name := range update {
			if name != "fields" && name != "update" {
				return c.ErrUndecidable("cannot check %q of a new issue", name)
			}
		}
		if err := c.checkFields(ctx, update["fields"], true); err != nil {
			return err
		}
		if err := c.checkFields(ctx, update["update"], false); err != nil {
			return err
		}
	}
	return nil
}
