package jira

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// TestEveryOperationHasARule checks that the table has a rule for each operation,
// that its members exist in the answer's type, and that it has no others.
func TestEveryOperationHasARule(t *testing.T) {
	rules := answerRules()
	known := map[string]bool{}
	for _, op := range Operations() {
		known[op.Key()] = true
		r, ok := rules[op.Key()]
		if !ok {
			t.Errorf("%s has no rule", op.ID)
			continue
		}
		r.compile() // panics if a member does not exist
		if hasBody := r.answer.Name() != "noBody" && r.answer.Name() != "Content"; hasBody && len(r.members) == 0 {
			t.Errorf("%s: the rule for %s requires nothing", op.ID, r.answer)
		}
	}
	for key := range rules {
		if !known[key] {
			t.Errorf("the rule for %s is for no operation", key)
		}
	}
}

// otherExamples are the operations whose examples in Atlassian's documents do not
// have the type that their schemas declare.
var otherExamples = map[string]string{
	"addAttachment":       "id and created are numbers, the schema declares texts",
	"findAssignableUsers": "the example is one user, the schema declares a list",
	"getProjectVersions":  "releaseDate is a number, the schema declares a date",
}

// TestRulesHoldForExamples checks the rules against Atlassian's own examples of
// answers.
func TestRulesHoldForExamples(t *testing.T) {
	contract := contracttest.Load(t)
	checked := 0
	for _, op := range Operations() {
		for _, example := range contract.Documents[string(op.Document)].Examples(op.ID) {
			checked++
			if err := decodeByRule(t, op, string(example)); err != nil && otherExamples[op.ID] == "" {
				t.Errorf("%s: %v: %.300s", op.ID, err, example)
			}
		}
	}
	if checked < 25 {
		t.Errorf("only %d examples were checked", checked)
	}
}

// decodeByRule decodes an answer into the type of the operation's rule.
func decodeByRule(t *testing.T, op operation.Operation, body string) error {
	out := reflect.New(answerRules()[op.Key()].answer).Interface()
	return decode(t.Context(), request{op: op}, jsonAnswer(body), out)
}

// jsonAnswer returns an answer of status 200 with a body.
func jsonAnswer(body string) answer {
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: []byte(body)}
}

// TestIncompleteAnswers checks that answers of a proxy, which are JSON and have
// nothing in them, are not taken for an answer of Jira, whatever the operation.
func TestIncompleteAnswers(t *testing.T) {
	// An empty list is an answer where a site may have none of a thing.
	mayBeEmpty := []string{"findUsers", "findAssignableUsers", "findBulkAssignableUsers", "getProjectVersions", "getProjectComponents", "getRemoteIssueLinks"}
	for _, op := range Operations() {
		r := answerRules()[op.Key()]
		if r.answer.Name() == "Content" {
			continue
		}
		for _, body := range []string{`null`, `{}`, `[]`, `{"error":"session expired"}`, `""`, `0`} {
			err := decodeByRule(t, op, body)
			var e *Error
			switch {
			case err == nil && body == `[]` && slices.Contains(mayBeEmpty, op.ID):
			case err == nil:
				t.Errorf("%s: %s was accepted", op.ID, body)
			case !errors.As(err, &e):
				t.Errorf("%s: %s: %v", op.ID, body, err)
			case op.Writes() && e.Outcome == Refused:
				t.Errorf("%s: %s: the outcome of a write is %s", op.ID, body, e.Outcome)
			}
		}
	}
}

// TestMissingMember checks each form of a path.
func TestMissingMember(t *testing.T) {
	for body, want := range map[string]string{
		`{"comments":[]}`:                           "",
		`{"comments":null}`:                         `"comments[]"`,
		`{"comments":[{"id":"1"},{"id":null}]}`:     "",
		`{"total":3,"comments":[null,{"id":"1"}]}`:  "",
		`{"total":3,"startAt":0,"maxResults":5000}`: `"comments[]"`,
	} {
		var page CommentPage
		warned := ""
		ctx := WithCall(t.Context(), CallOptions{OnWarning: func(text string) { warned = text }})
		err := decode(ctx, request{op: OpGetComments}, jsonAnswer(body), &page)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
		if err == nil && slices.ContainsFunc(page.Comments, func(c Comment) bool { return c.ID == "" }) {
			t.Errorf("%s: a comment without an id is left", body)
		}
		if wants := strings.Contains(body, "[null") || strings.Contains(body, `"id":null`); wants != strings.Contains(warned, "1 item of Jira's answer lacks id and is left out") {
			t.Errorf("%s: warning %q", body, warned)
		}
	}
}

// TestRequiredFields checks which values of issues are missed.
func TestRequiredFields(t *testing.T) {
	whole := `{"summary":"s","status":{"name":"Open","statusCategory":{"key":"new"}},"assignee":null}`
	for fields, want := range map[string]string{
		whole:                                  "",
		`{"summary":null,"status":{}}`:         "PAY-1 (summary, status)",
		`{"status":{"name":"Open"}}`:           "PAY-1 (summary, status)",
		`{"summary":"s","status":"Open"}`:      "PAY-1 (status)",
		`{}`:                                   "PAY-1 (summary, status)",
		strings.Replace(whole, `"s"`, `""`, 1): "PAY-1 (summary)",
	} {
		var f Fields
		if err := json.Unmarshal([]byte(fields), &f); err != nil {
			t.Fatal(err)
		}
		warned := ""
		ctx := WithCall(t.Context(), CallOptions{OnWarning: func(text string) { warned = text }})
		checkIssues(ctx, request{issueFields: []string{"summary", "status", "assignee"}}, []Issue{{ID: "1", Key: "PAY-1", Fields: f}})
		if want == "" && warned != "" || !strings.Contains(warned, want) {
			t.Errorf("%s: warning %q, want %q", fields, warned, want)
		}
	}
}
