package fence

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// FilterResponse returns the body of an answer without the things outside, and
// records from it what later requests may name. outside reports that the answer
// as a whole is about something outside; then there is no body. It fails for a
// body that is not JSON, and for a failed lookup.
func (g *Guard) FilterResponse(ctx context.Context, in Request, body []byte, known *IssueCache) (filtered []byte, outside bool, err error) {
	switch in.Operation.Answers {
	case operation.AnswerTask:
		g.rememberTask(body)
		return body, false, nil
	case operation.AnswerNothing:
		known.record(body, "") // a new issue, in a project that was checked
		return body, false, nil
	}
	// Fields and statuses of team-managed projects name their project by id.
	if bytes.Contains(body, []byte(`"scope"`)) {
		if err := g.loadProjects(ctx); err != nil {
			return nil, false, err
		}
	}
	filtered, outside, err = g.FilterJSON(body)
	if err != nil {
		return nil, false, &unreadableError{err}
	}
	if outside {
		return nil, true, nil
	}
	if in.Operation.Answers == operation.AnswerIssue || in.Operation.Answers == operation.AnswerIssues {
		g.rememberParts(filtered)
		asked := ""
		if in.Operation.Answers == operation.AnswerIssue && len(in.Path) > 0 {
			asked = in.Path[0]
		}
		if !in.Operation.HasKind(operation.KindJQL) { // the search index may lag behind a move
			known.record(filtered, asked)
		}
	}
	return filtered, false, nil
}

// unreadableError reports an answer that cannot be filtered; it is not passed
// on.
type unreadableError struct{ err error }

// Error implements error.
func (e *unreadableError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *unreadableError) Unwrap() error { return e.err }

// Unreadable returns true. Callers use it to distinguish a body that is not
// JSON from a failed lookup.
func (e *unreadableError) Unreadable() bool { return true }

// rememberTask records a bulk operation that was submitted.
func (g *Guard) rememberTask(body []byte) {
	var t struct {
		ID string `json:"taskId"`
	}
	if json.Unmarshal(body, &t) == nil && t.ID != "" {
		g.tasks.add(t.ID)
	}
}

// rememberParts records the attachments and links of issues inside. A later
// request names them by an id that does not tell which issue they belong to.
func (g *Guard) rememberParts(body []byte) {
	if !bytes.Contains(body, []byte(`"attachment"`)) && !bytes.Contains(body, []byte(`"issuelinks"`)) {
		return
	}
	var v any
	if json.Unmarshal(body, &v) == nil {
		g.rememberPartsOf(v)
	}
}

// rememberPartsOf searches a JSON value for issues, at any depth.
func (g *Guard) rememberPartsOf(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			g.rememberPartsOf(item)
		}
	case map[string]any:
		if fields, ok := v["fields"].(map[string]any); ok {
			g.rememberLinks(v["key"], fields["issuelinks"])
			g.rememberAttachments(v, fields["attachment"])
			return
		}
		for _, sub := range v {
			g.rememberPartsOf(sub)
		}
	}
}

// rememberAttachments records the attachments of an issue, with the issue's id,
// which stays when the issue moves.
func (g *Guard) rememberAttachments(issue map[string]any, list any) {
	own, _ := issue["id"].(string)
	if own == "" {
		own, _ = issue["key"].(string)
	}
	files, _ := list.([]any)
	for _, item := range files {
		file, _ := item.(map[string]any)
		if id, ok := file["id"].(string); ok && own != "" {
			g.attachments.Put(id, own)
		}
	}
}

// rememberLinks records the two issues of each link of the issue with the key
// own. Both are inside, since links to issues outside were removed before.
func (g *Guard) rememberLinks(own, list any) {
	key, _ := own.(string)
	links, _ := list.([]any)
	for _, item := range links {
		link, _ := item.(map[string]any)
		id, _ := link["id"].(string)
		for _, side := range []string{"inwardIssue", "outwardIssue"} {
			other, _ := link[side].(map[string]any)
			if otherKey, ok := other["key"].(string); ok && id != "" {
				g.links.Put(id, [2]string{key, otherKey})
			}
		}
	}
}
