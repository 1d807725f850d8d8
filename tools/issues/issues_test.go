package issues_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestCreateMistakes checks the error for each kind of wrong argument, and that
// nothing is sent.
func TestCreateMistakes(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.Ok("jira_create_issue", `{"project":"PAY","type":"Task","summary":"warm the caches"}`)
	b.TakeRequests()
	for _, c := range []struct {
		args  string
		words []string
	}{
		{`{"project":"PAY","type":"Bugg","summary":"x"}`, []string{`No issue type "Bugg"`, `Did you mean "Bug"`, "Epic, Story, Task, Bug, Sub-task"}},
		{`{"project":"PAY","type":"Task","summary":"x","priority":"Urgent","components":["Chekout"],"assignee":"Ana","fields":[{"name":"Sevrity","value":"x"}]}`,
			[]string{"Urgent", "Highest, High, Medium", `Did you mean "Checkout"`, "Ana Silva (", "Ana Costa (", "Sevrity", "Nothing was sent"}},
		{`{"project":"HELP","type":"Incident","summary":"x"}`, []string{"Impact is required", "Extensive, Significant, Moderate, Minor", `fields: [{"name": "Impact"`}},
		{`{"project":"PAY","type":"Sub-task","summary":"x"}`, []string{"Parent is required"}},
		{`{"project":"PAY","type":"Task","summary":"` + strings.Repeat("x", 256) + `"}`, []string{"256 characters; at most 255"}},
		{`{"project":"PAY","type":"Task","summary":"two\nlines"}`, []string{"line breaks or control characters"}},
		{`{"project":"PAY","type":"Task","summary":"nul\u0000"}`, []string{"control characters"}},
		{`{"project":"PAY","type":"Task","summary":" "}`, []string{`"summary" is missing`}},
		{`{"project":"PAY","type":"Task","summary":"x","description":"` + strings.Repeat("word ", 7000) + `"}`, []string{"too long", "at most 32767"}},
		{`{"project":"PAY","type":"Task","summary":"x","description":"` + strings.Repeat("> ", 50000) + `x"}`, []string{"nested more than 100 deep"}},
		{`{"project":"PAY","type":"Task","summary":"x","labels":["two words"]}`, []string{`use "two-words"`}},
		{`{"project":"PAY","type":"Task","summary":"x","parent":"no such epic"}`, []string{`No open epic "no such epic"`, "PAY-2 Saved cards at checkout"}},
		{`{"project":"PAY","type":"Task","summary":"x","parent":"1-2"}`, []string{"is not an issue key (such as PAY-123) or an id"}},
		{`{"project":"PAY","type":"Task","summary":"x","fields":[{"name":"Story Points","value":"many"},{"name":"Due date","value":"soonish"}]}`,
			[]string{`"many" is not a number`, `"soonish" is not a date or time like 2026-01-31`}},
		{`{"project":"PAY","type":"Task","summary":"x","fields":[{"name":"Story Points","value":"3","op":"clear"}]}`, []string{"nothing to clear"}},
		{`{"project":"PAY","type":"Task","summary":"x","fields":[{"nme":"Story Points"}]}`, []string{`unknown argument "fields[0].nme"`, `"fields[0].name" is missing`}},
		{`{"project":"DOCS","type":"Task","summary":"x"}`, []string{"may not create issues in DOCS", "jira_list_projects"}},
		{`{"project":"NOPE","type":"Task","summary":"x"}`, []string{"no such project", "404"}},
		{`{"project":"PAY","type":"Task","summary":"x","fields":[{"name":"Story Points","value":"NaN"}]}`, []string{"Story Points", "not a number"}},
		{`{"project":"PAY","type":"Task","summary":"x","description":"bell \u0007"}`, []string{"Description", "control character U+0007"}},
		{`{"project":"PAY","type":"Task","summary":"x","fields":[{"name":"Description","value":"  "}]}`, []string{"Description: no value given"}},
		{`{"project":"PAY","type":"Task","summary":"\u200b"}`, []string{"Summary", "is empty"}},
		{`{"project":"SECRET","type":"Task","summary":"x"}`, []string{"no such project is visible to this server's user", "jira_list_projects"}},
	} {
		b.Refused("jira_create_issue", c.args, c.words...)
	}
	for _, r := range b.TakeRequests() {
		if r == "POST /rest/api/3/issue" {
			t.Error("something was sent that cannot succeed")
		}
	}
}

// TestFieldThatJiraChangedIsNamed checks that a field that an automation
// changed during the create is reported.
func TestFieldThatJiraChangedIsNamed(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	text, out := b.Ok("jira_create_issue", `{"project":"HELP","type":"Incident","summary":"Shop is down","priority":"Lowest","fields":[{"name":"Impact","value":"Extensive"}]}`)
	if !strings.Contains(text, "Not kept by Jira: Priority (it is Highest; requested Lowest)") || len(out["dropped"].([]any)) != 1 {
		t.Errorf("the automation's change is not named:\n%s", text)
	}
}

// TestCommentsInAServiceDeskAreInternalUnlessPublic checks the audience of
// comments in a service desk, and the errors for issues that are hidden or may
// not be commented on.
func TestCommentsInAServiceDeskAreInternalUnlessPublic(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	text, _ := b.Ok("jira_add_comment", `{"issue":"help-2","body":"for us"}`)
	if !strings.Contains(text, "agents only (internal)") {
		t.Errorf("says:\n%s", text)
	}
	text, _ = b.Ok("jira_add_comment", `{"issue":"HELP-2","body":"for you","public":true}`)
	if !strings.Contains(text, "the customer as well (public)") {
		t.Errorf("says:\n%s", text)
	}
	text, out := b.Ok("jira_get_issue", `{"issues":["HELP-2"],"include":["comments"]}`)
	comments := out["issues"].([]any)[0].(map[string]any)["comments"].([]any)
	last := len(comments) - 1
	if comments[last-1].(map[string]any)["internal"] != true || comments[last].(map[string]any)["internal"] == true {
		t.Errorf("the comments are:\n%s", text)
	}
	b.Refused("jira_add_comment", `{"issue":"SECRET-1","body":"x"}`, "Jira does not say whether it is missing or hidden")
	b.Refused("jira_add_comment", `{"issue":"DOCS-1","body":"x"}`, "403", "lacks the permission")
	b.Refused("jira_add_comment", `{"issue":"PAY-1/../x","body":"x"}`, "is not an issue key")
	b.Refused("jira_add_comment", `{"issue":"PAY-1","body":"   "}`, `"body" is missing`)
}

// TestTransitions checks transitions by status and by name, and the errors for
// unknown, ambiguous and incomplete ones.
func TestTransitions(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.Refused("jira_transition_issue", `{"issue":"PAY-1","to":"Shipped"}`, "PAY-1 has the status In Progress", "Ask for review → In Review; Done; Put back → To Do; Cancel → Cancelled", "Nothing was changed")
	b.Refused("jira_transition_issue", `{"issue":"PAY-1","to":"In Progress"}`, "already has the status In Progress")
	b.Refused("jira_transition_issue", `{"issue":"DOCS-1","to":"Done"}`, "no transition from there is available to this server's user")
	b.Refused("jira_transition_issue", `{"issue":"PAY-1","to":"In Review","resolution":"Done"}`, "Jira answered 400: Resolution: ", "This transition does not accept Resolution; leave it out")
	b.Refused("jira_transition_issue", `{"issue":"PAY-1","to":"Done","resolution":"Fixd"}`, "Fixd", "Done, Won't Do")
	// Two transitions lead to Resolved: only the caller knows which one is meant.
	b.Refused("jira_transition_issue", `{"issue":"HELP-22","to":"resolved","resolution":"Duplicate"}`, `several transitions fit "resolved"`,
		"Resolve this issue → Resolved (", ", needs Resolution, Root cause)", "Close as duplicate → Resolved (", ", needs Resolution)")
	text, _ := b.Ok("jira_transition_issue", `{"issue":"HELP-22","to":"close as duplicate","resolution":"Duplicate"}`)
	if !strings.Contains(text, `HELP-22 is now Resolved, with "Close as duplicate"`) {
		t.Errorf("says:\n%s", text)
	}
	b.Refused("jira_transition_issue", `{"issue":"HELP-23","to":"Resolve this issue","resolution":"Done"}`, "Root cause is required", "Configuration, Defect")
	b.Ok("jira_transition_issue", `{"issue":"HELP-23","to":"Resolve this issue","resolution":"Done","comment":"Solved","fields":[{"name":"Root cause","value":"Defect"}]}`)
	// The screen takes no comment, so the comment is added by a request of its own.
	text, _ = b.Ok("jira_transition_issue", `{"issue":"PAY-1","to":"Ask for review","comment":"Please look"}`)
	if !strings.Contains(text, "is now In Review") || !strings.Contains(text, "Comment: added") {
		t.Errorf("says:\n%s", text)
	}
}

// TestReadingIssues checks the text and the structure of issues: one, several
// with a hidden one, an epic with its children, and only some fields.
func TestReadingIssues(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	text, _ := b.Ok("jira_get_issue", `{"issues":["PAY-1"]}`)
	toolstest.Golden(t, "PAY-1.md", text)
	text, out := b.Ok("jira_get_issue", `{"issues":["PAY-2","OPS-4","SECRET-1","PAY-12"]}`)
	for _, want := range []string{"PAY-2 Saved cards", "Not found, or not visible to this server's user: SECRET-1", "[!WARNING]", "runbook.pdf", "More children"} {
		if want != "More children" && !strings.Contains(text, want) {
			t.Errorf("several issues do not show %q:\n%.3000s", want, text)
		}
	}
	if strings.Contains(text, "SECRET-2") || strings.Contains(text, "Nightjar") {
		t.Error("an issue out of sight shows")
	}
	epic := out["issues"].([]any)[0].(map[string]any)
	if epic["key"] != "PAY-2" || len(epic["children"].([]any)) == 0 {
		t.Errorf("the epic's children are missing: %v", epic["children"])
	}
	text, _ = b.Ok("jira_get_issue", `{"issues":["PAY-1"],"fields":["Story Points","assignee"]}`)
	if strings.Contains(text, "Description") || !strings.Contains(text, "Story Points: 5") {
		t.Errorf("only some fields:\n%s", text)
	}
	b.Refused("jira_get_issue", `{"issues":["PAY-99999"]}`, "does not exist", "jira_search")
	b.Refused("jira_get_issue", `{"issues":["../myself"]}`, "is not an issue key")
	b.Refused("jira_get_issue", `{"issues":[]}`, `"issues" is missing`)
}

// TestLongIssuesAreCutWithTheArgumentThatGetsTheRest checks that a long
// description and many comments are cut to the budget, and that the arguments
// in the answers lead to every part.
func TestLongIssuesAreCutWithTheArgumentThatGetsTheRest(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	paragraph := strings.Repeat("All work and no play makes a dull text. ", 20)
	var long strings.Builder
	for n := range 30 {
		fmt.Fprintf(&long, "Part %d. %s\n\n", n, paragraph)
	}
	args, _ := json.Marshal(map[string]any{"project": "PAY", "type": "Task", "summary": "Long", "description": long.String()})
	_, out := b.Ok("jira_create_issue", string(args))
	key := out["key"].(string)
	for n := range 40 {
		body, _ := json.Marshal(fmt.Sprintf("Comment %d. %s", n+1, paragraph))
		b.Ok("jira_add_comment", fmt.Sprintf(`{"issue":%q,"body":%s}`, key, body))
	}
	within := func(args string) (string, map[string]any) {
		t.Helper()
		text, out := b.Ok("jira_get_issue", args)
		if n, m := len([]rune(text)), len(toolstest.MustJSON(t, out)); n > 24_000 || m > 25_500 {
			t.Errorf("%s: %d characters of text, %d of structure", args, n, m)
		}
		return text, out["issues"].([]any)[0].(map[string]any)
	}
	text, _ := within(fmt.Sprintf(`{"issues":[%q]}`, key))
	if !strings.Contains(text, "include comments for all") {
		t.Errorf("the comments left out are not named:\n%.500s", text)
	}
	var issue map[string]any
	shown := ""
	for from := 0; ; {
		text, issue = within(fmt.Sprintf(`{"issues":[%q],"text_from":%d,"fields":["description"]}`, key, from))
		shown += issue["description"].(string)
		next := 0
		if i := strings.Index(text, "text_from "); i < 0 {
			break
		} else if _, err := fmt.Sscanf(text[i:], "text_from %d", &next); err != nil || next <= from {
			t.Fatalf("no way on from %d: %v", from, err)
		}
		from = next
	}
	for n := range 30 {
		if !strings.Contains(shown, fmt.Sprintf("Part %d.", n)) {
			t.Errorf("part %d of the description was never shown", n)
		}
	}
	seen := map[string]bool{}
	for from := 1; from <= 40; {
		text, issue = within(fmt.Sprintf(`{"issues":[%q],"fields":["status"],"include":["comments"],"comments_from":%d}`, key, from))
		for _, c := range issue["comments"].([]any) {
			seen[strings.Fields(c.(map[string]any)["body"].(string))[1]] = true
		}
		next := 41
		if i := strings.Index(text, "comments_from "); i >= 0 {
			_, _ = fmt.Sscanf(text[i:], "comments_from %d", &next)
		}
		if next <= from {
			t.Fatalf("no way on from comment %d", from)
		}
		from = next
	}
	if len(seen) != 40 {
		t.Errorf("%d of 40 comments could be read", len(seen))
	}
}

// TestHugeAnswersFitTheBudget checks that text and structure fit the budget
// whatever part of an issue is large, and that the answer says what was cut.
func TestHugeAnswersFitTheBudget(t *testing.T) {
	many := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	issue := func(fields string) string {
		return `{"id":"1","key":"PAY-1","names":{"summary":"Summary"},"transitions":[],"fields":{"summary":"s",` + fields + `}}`
	}
	for name, answer := range map[string]string{
		"links":       issue(`"issuelinks":` + many(2000, `{"id":"1","type":{"outward":"blocks"},"outwardIssue":{"key":"PAY-2","fields":{"summary":"a long summary of another issue"}}}`)),
		"sub-tasks":   issue(`"subtasks":` + many(2000, `{"key":"PAY-2","fields":{"summary":"a long summary of another issue"}}`)),
		"attachments": issue(`"attachment":` + many(2000, `{"filename":"a-file-with-a-rather-long-name-of-its-own.png"}`)),
		"labels":      issue(`"labels":` + many(9000, `"label"`)),
		"summary":     issue(`"description":null,"summary":"` + strings.Repeat("x", 200_000) + `"`),
		"a field":     issue(`"customfield_1":"` + strings.Repeat("x", 100_000) + `"`),
	} {
		b := &toolstest.Server{T: t, Clock: toolstest.NewClock()}
		b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-AAccountId", "a")
			if strings.HasSuffix(r.URL.Path, "/myself") {
				_, _ = w.Write([]byte(`{"accountId":"a"}`))
				return
			}
			_, _ = w.Write([]byte(answer))
		}))
		b.Schemas = map[string]*jsonschema.Schema{}
		text, out := b.Ok("jira_get_issue", `{"issues":["PAY-1"]}`)
		if n, m := len([]rune(text)), len([]rune(string(toolstest.MustJSON(t, out)))); n > 24_000 || m > 24_000 {
			t.Errorf("%s: %d characters of text, %d of structure", name, n, m)
		}
		if !strings.Contains(text, "cut") {
			t.Errorf("%s: what was cut is not named:\n%.300s", name, text)
		}
	}
}

// TestSearchWithoutProgressEnds checks that a search whose pages are empty
// ends.
func TestSearchWithoutProgressEnds(t *testing.T) {
	n := 0
	b := &toolstest.Server{T: t, Clock: toolstest.NewClock()}
	b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-AAccountId", "a")
		_, _ = fmt.Fprintf(w, `{"issues":[],"nextPageToken":"page%d"}`, n)
	}))
	b.Call(t.Context(), "jira_search", `{"jql":"project = PAY"}`)
	if n > 20 {
		t.Errorf("%d requests for one search", n)
	}
}

// TestLostAnswersAreNeitherSuccessNorFailure checks writes that Jira makes and
// whose answers are lost: each is sent once, a create and a comment are
// reported as uncertain, and a transition is confirmed by reading the issue.
func TestLostAnswersAreNeitherSuccessNorFailure(t *testing.T) {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var lock sync.Mutex // a broken connection does not order the accesses to posts
	posts := map[string]int{}
	b := &toolstest.Server{T: t, Clock: toolstest.NewClock()}
	b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isWrite := r.Method == "POST" && !strings.Contains(r.URL.Path, "search") && !strings.Contains(r.URL.Path, "check") && !strings.Contains(r.URL.Path, "bulkfetch")
		if !isWrite {
			site.ServeHTTP(w, r)
			return
		}
		lock.Lock()
		posts[r.URL.Path]++
		lock.Unlock()
		site.ServeHTTP(discard{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	}))
	b.Refused("jira_create_issue", `{"project":"PAY","type":"Task","summary":"Sent once"}`, "The create may have happened", "Do not repeat it blindly", "jira_search", "Sent once")
	b.Refused("jira_add_comment", `{"issue":"PAY-9","body":"x"}`, "The comment may have happened", "jira_get_issue")
	// The history shows that the transition was made.
	text, _, isError := b.Call(context.Background(), "jira_transition_issue", `{"issue":"PAY-1","to":"In Review"}`)
	if isError || !strings.Contains(text, "PAY-1 is now In Review") || !strings.Contains(text, "answer to the transition was lost") {
		t.Errorf("the transition says:\n%s", text)
	}
	// The history does not show whether the comment was added.
	text, _, isError = b.Call(context.Background(), "jira_transition_issue", `{"issue":"PAY-1","to":"Done","resolution":"Done","comment":"hello"}`)
	if isError || !strings.Contains(text, "PAY-1 is now Done") || !strings.Contains(text, "Comment: sent with the transition, whose answer was lost") {
		t.Errorf("the transition with a comment says:\n%s", text)
	}
	lock.Lock()
	defer lock.Unlock()
	posts["/rest/api/3/issue/PAY-1/transitions"]-- // two transitions
	for path, n := range posts {
		if n != 1 {
			t.Errorf("%s was sent %d times", path, n)
		}
	}
}

// discard is a ResponseWriter that drops the answer.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// TestAcceptedWriteWithABrokenAnswerIsNotAFailure checks that a write that Jira
// accepted with a truncated answer is a success that says not to repeat it.
func TestAcceptedWriteWithABrokenAnswerIsNotAFailure(t *testing.T) {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &toolstest.Server{T: t, Clock: toolstest.NewClock()}
	b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || !strings.HasSuffix(r.URL.Path, "/issue") && !strings.HasSuffix(r.URL.Path, "/comment") {
			site.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(discard{http.Header{}}, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_, _ = w.Write([]byte(`{"id":"1`))
	}))
	text, _, isError := b.Call(context.Background(), "jira_create_issue", `{"project":"PAY","type":"Task","summary":"x"}`)
	if isError || !strings.Contains(text, "Do not create it again") {
		t.Errorf("error %v:\n%s", isError, text)
	}
	text, _, isError = b.Call(context.Background(), "jira_add_comment", `{"issue":"PAY-9","body":"x"}`)
	if isError || !strings.Contains(text, "Do not add it again") {
		t.Errorf("error %v:\n%s", isError, text)
	}
}
