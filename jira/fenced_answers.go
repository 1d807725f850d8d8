package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// behind filters an answer.
func (c *Client) behind(ctx context.Context, in request, ans answer) (answer, error) {
	if c.guard == nil || in.free || in.file || ans.status == http.StatusNoContent || len(bytes.TrimSpace(ans.body)) == 0 {
		return ans, nil
	}
	switch in.op.Answers {
	case operation.AnswerTask:
		c.guard.submitted(ans.body)
		return ans, nil
	case operation.AnswerNothing:
		callOf(ctx).learn(ans.body, "") // an issue that was made, in a project that was checked
		return ans, nil
	}
	// Fields and statuses of team-managed projects name theirs by id.
	if bytes.Contains(ans.body, []byte(`"scope"`)) {
		if err := c.guard.learn(ctx, c); err != nil {
			return ans, err
		}
	}
	body, outside, err := c.guard.Filter(ans.body)
	switch {
	case err != nil:
		return ans, unreadable(in.op, answer{status: ans.status, header: ans.header}, err)
	case outside && in.op.Writes():
		return ans, &Error{Op: in.op, Status: ans.status, Outcome: Done, Messages: []string{"it was done, but the issue is no longer inside the projects " + strings.Join(c.guard.Projects(), ", ")}, Advice: "Do not send it again."}
	case outside:
		return ans, fenced(in.op, c.guard.Refuse())
	}
	if in.op.Answers == operation.AnswerIssue || in.op.Answers == operation.AnswerIssues {
		c.guard.see(body)
		asked := ""
		if in.op.Answers == operation.AnswerIssue && len(in.path) > 0 {
			asked = in.path[0]
		}
		if !in.op.HasKind(operation.KindJQL) { // a search's index may lag behind
			callOf(ctx).learn(body, asked)
		}
	}
	ans.body = body
	return ans, nil
}

// see notes the files of issues inside, as their field attachment lists them.
func (g *guard) see(body []byte) {
	if !bytes.Contains(body, []byte(`"attachment"`)) && !bytes.Contains(body, []byte(`"issuelinks"`)) {
		return
	}
	var v any
	if json.Unmarshal(body, &v) != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.attachments) > maxHomes {
		clear(g.attachments)
	}
	if len(g.links) > maxHomes {
		clear(g.links)
	}
	g.files(v)
}

func (g *guard) files(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			g.files(item)
		}
	case map[string]any:
		if fields, ok := v["fields"].(map[string]any); ok {
			g.ends(v["key"], fields["issuelinks"])
			list, _ := fields["attachment"].([]any)
			for _, item := range list {
				if file, ok := item.(map[string]any); ok {
					if id, ok := file["id"].(string); ok {
						g.attachments[id] = true
					}
				}
			}
			return
		}
		for _, sub := range v {
			g.files(sub)
		}
	}
}

// hush takes from an error what could tell of things outside.
func (c *Client) hush(in request, err error) error {
	var e *Error
	if c.guard == nil || in.free || !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Status == http.StatusNotFound && (in.op.HasKind(operation.KindIssue) || in.op.HasKind(operation.KindProject)):
		refusal := fenced(in.op, c.guard.Refuse())
		var r *Error
		if errors.As(refusal, &r) {
			r.Outcome, r.missing = Refused, true
		}
		return refusal
	case e.Status == http.StatusBadRequest && in.op.HasKind(operation.KindJQL):
		quiet := *e
		quiet.Messages, quiet.Fields, quiet.Err = []string{"the query was refused; Jira's own words are not passed on, since they could tell what there is outside of the projects " + strings.Join(c.guard.Projects(), ", ")}, nil, nil
		quiet.Advice = "Check the names of fields, values and functions in it."
		return &quiet
	}
	return err
}

// ends notes the issues at the ends of links; both are inside.
func (g *guard) ends(own, links any) {
	key, _ := own.(string)
	list, _ := links.([]any)
	for _, item := range list {
		link, _ := item.(map[string]any)
		id, _ := link["id"].(string)
		for _, side := range []string{"inwardIssue", "outwardIssue"} {
			other, _ := link[side].(map[string]any)
			if otherKey, ok := other["key"].(string); ok && id != "" {
				g.links[id] = [2]string{key, otherKey}
			}
		}
	}
}

// submitted notes a bulk operation of this client's.
func (g *guard) submitted(body []byte) {
	var t task
	if json.Unmarshal(body, &t) != nil || t.ID == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.tasks) > maxHomes {
		clear(g.tasks)
	}
	g.tasks[t.ID] = true
}
