package issues_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// rich is a description with content that Markdown has no syntax for: a
// mention, a panel, a picture, a macro, a table with widths and colours, an
// expand.
const rich = `{"type":"doc","version":1,"content":[
{"type":"paragraph","content":[{"type":"text","text":"Ask "},{"type":"mention","attrs":{"id":"5b10a2844c20165700ede21g","text":"@Ana Silva","accessLevel":""}},{"type":"text","text":" before the release."}]},
{"type":"panel","attrs":{"panelType":"warning"},"content":[{"type":"paragraph","content":[{"type":"text","text":"Do not deploy on Friday."}]}]},
{"type":"mediaSingle","attrs":{"layout":"center","width":50,"widthType":"percentage"},"content":[{"type":"media","attrs":{"type":"file","id":"6e7c7a2e-6b5a-4c8e-9d53-1f3c0f6c9b11","collection":"","alt":"shot.png","width":640,"height":480}}]},
{"type":"extension","attrs":{"extensionType":"com.atlassian.confluence.macro.core","extensionKey":"toc","parameters":{"macroParams":{"maxLevel":{"value":"3"}}}}},
{"type":"table","attrs":{"layout":"default","width":760},"content":[{"type":"tableRow","content":[{"type":"tableHeader","attrs":{"colwidth":[120]},"content":[{"type":"paragraph","content":[{"type":"text","text":"Step"}]}]},{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"Owner"}]}]}]},{"type":"tableRow","content":[{"type":"tableCell","attrs":{"background":"#deebff"},"content":[{"type":"paragraph","content":[{"type":"text","text":"Build"}]}]},{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"Ben"}]}]}]}]},
{"type":"expand","attrs":{"title":"Log"},"content":[{"type":"paragraph","content":[{"type":"text","text":"nothing yet"}]}]}
]}`

// TestEditedDescriptionKeepsWhatItDoesNotTouch checks that whole descriptions,
// find with replace, and append change only the edited part of the document.
func TestEditedDescriptionKeepsWhatItDoesNotTouch(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.SetDescription("PAY-9", rich)
	shown, updated := b.ReadIssue("PAY-9")
	edited := strings.Replace(shown, "before the release", "before any release", 1)
	b.Clock.Advance(time.Minute)
	text, out := b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited, "updated", updated))
	after := strings.Replace(rich, "before the release", "before any release", 1)
	b.WantDescription("PAY-9", after)
	if !strings.Contains(text, "Updated PAY-9 https://example.atlassian.net/browse/PAY-9") || out["updated"] == updated {
		t.Errorf("says:\n%s", text)
	}
	// The updated of the answer can be used for the next edit.
	edited = strings.Replace(edited, "| Build | Ben |", "| Build | Chidi |", 1)
	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited, "updated", out["updated"]))
	after = strings.Replace(after, `"Ben"`, `"Chidi"`, 1)
	b.WantDescription("PAY-9", after)

	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "find", "nothing yet", "replace", "started **now**"))
	after = strings.Replace(after, `{"type":"text","text":"nothing yet"}`, `{"type":"text","text":"started "},{"type":"text","text":"now","marks":[{"type":"strong"}]}`, 1)
	b.WantDescription("PAY-9", after)

	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "append", "Last line."))
	after = strings.TrimSuffix(strings.TrimSpace(after), "]}") + `,{"type":"paragraph","content":[{"type":"text","text":"Last line."}]}]}`
	b.WantDescription("PAY-9", after)

	// An unchanged description is not sent to Jira.
	shown, updated = b.ReadIssue("PAY-9")
	b.TakeRequests()
	text, _ = b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", shown, "updated", updated))
	if !strings.Contains(text, "Nothing was sent") || strings.Contains(strings.Join(b.TakeRequests(), " "), "PUT") {
		t.Errorf("says:\n%s", text)
	}
}

// TestLossIsRefusedUnlessItIsAllowed checks that an edit that would remove rich
// content is refused and lists it, and that allow_loss permits it.
func TestLossIsRefusedUnlessItIsAllowed(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.SetDescription("PAY-9", rich)
	_, updated := b.ReadIssue("PAY-9")
	plain := "Ask Ana before the release.\n\nDo not deploy on Friday."
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", plain, "updated", updated),
		"would remove", `mention "@Ana Silva"`, `panel "Do not deploy on Friday."`, `image or file "shot.png"`, `macro "toc"`, `expand "Log nothing yet"`, "allow_loss", "Nothing was sent")
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "find", "[@Ana Silva](accountid:5b10a2844c20165700ede21g)", "replace", "Ana"), `would remove mention "@Ana Silva"`)
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "fields", []map[string]string{{"name": "Description", "op": "clear"}}, "updated", updated), "would remove", `"shot.png"`)
	b.WantDescription("PAY-9", rich)
	shown, _ := b.ReadIssue("PAY-9")
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", strings.Replace(shown, "toc\n```", "toc 2\n```", 1), "updated", updated), "extension toc", "edit its content in Jira")
	b.WantDescription("PAY-9", rich)
	text, _ := b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", plain, "updated", updated, "allow_loss", true))
	if !strings.Contains(text, "Removed from Description: ") || !strings.Contains(text, `"shot.png"`) {
		t.Errorf("says:\n%s", text)
	}
	if shown, _ := b.ReadIssue("PAY-9"); shown != plain {
		t.Errorf("is now:\n%s", shown)
	}
}

// TestConcurrentEditIsNotOverwritten checks that a whole description needs
// if_updated, and the errors for an issue that was updated since.
func TestConcurrentEditIsNotOverwritten(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.SetDescription("PAY-9", rich)
	b.Clock.Advance(time.Minute)
	shown, updated := b.ReadIssue("PAY-9")
	edited := strings.Replace(shown, "the release", "a release", 1)
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited), "requires if_updated", "jira_get_issue")
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited, "updated", "yesterday"), `if_updated is "yesterday"`)

	// Other fields were changed: repeating the call with the new if_updated is offered.
	b.Clock.Advance(time.Minute)
	b.JiraRequest(sandbox.ClassicToken, "PUT", "/rest/api/3/issue/PAY-9", `{"fields":{"priority":{"name":"Low"},"summary":"Another"}}`)
	text := b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited, "updated", updated),
		"PAY-9 was updated since it was read", "Ana Silva changed Priority, Summary at 2026-03-11T15:", "Nobody else edited the fields of this edit (Description)", "updated 2026-03-11T15:")
	_, again, _ := strings.Cut(text, "repeat the call with if_updated ")
	b.WantDescription("PAY-9", rich)

	// A comment changes no field.
	b.Clock.Advance(time.Minute)
	b.Ok("jira_add_comment", `{"issue":"PAY-9","body":"x"}`)
	text = b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited, "updated", strings.TrimSuffix(again, ".")), "no field was changed", "a comment", "repeat the call with if_updated")
	_, again, _ = strings.Cut(text, "repeat the call with if_updated ")
	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited, "updated", strings.TrimSuffix(again, ".")))

	// The description was changed: it has to be read again. Small edits need no
	// if_updated.
	_, updated = b.ReadIssue("PAY-9")
	b.Clock.Advance(time.Minute)
	b.SetDescription("PAY-9", strings.Replace(rich, "before the release", "after lunch", 1))
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited, "updated", updated), "Ana Silva changed Description", "Read it again with jira_get_issue")
	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "find", "after lunch", "replace", "after dinner"))
	b.WantDescription("PAY-9", strings.Replace(rich, "before the release", "after dinner", 1))
}

// TestOverwrittenInTheLastMoment checks that a change that was made between the
// read and the write is reported after it: Jira has no conditional write that
// could prevent it.
func TestOverwrittenInTheLastMoment(t *testing.T) {
	clock := toolstest.NewClock()
	site, err := sandbox.New(sandbox.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	b := &toolstest.Server{T: t, Clock: clock, Sandbox: site}
	between := ""
	b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "PUT" || between == "" {
			site.ServeHTTP(w, r)
			return
		}
		body := between
		between = ""
		other := httptest.NewRequest("PUT", "/rest/api/3/issue/PAY-9", strings.NewReader(`{"fields":{"description":`+body+`}}`))
		other.Header.Set("Content-Type", "application/json")
		other.SetBasicAuth(sandbox.Email, sandbox.ClassicToken)
		clock.Advance(time.Second)
		site.ServeHTTP(httptest.NewRecorder(), other)
		clock.Advance(time.Second)
		rec := httptest.NewRecorder()
		site.ServeHTTP(rec, r)
		// The sandbox has one user with a token: the answer gets Ben as the author of
		// the other write.
		var issue map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &issue); err != nil {
			t.Error(err)
		}
		histories := issue["changelog"].(map[string]any)["histories"].([]any)
		histories[1].(map[string]any)["author"] = map[string]any{"accountId": "5b10a-ben", "displayName": "Ben Okafor"}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(toolstest.MustJSON(t, issue))
	}))
	b.Schemas = map[string]*jsonschema.Schema{}
	b.SetDescription("PAY-9", rich)
	shown, updated := b.ReadIssue("PAY-9")
	between = strings.Replace(rich, "before the release", "never again", 1)
	text, _ := b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", strings.Replace(shown, "the release", "a release", 1), "updated", updated))
	if !strings.Contains(text, "Ben Okafor changed Description at") || !strings.Contains(text, "never again") {
		t.Errorf("says:\n%s", text)
	}
}

// TestEditsOfOtherFields checks edits of fields of several types, and that the
// answer has the values before and after.
func TestEditsOfOtherFields(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	_, created := b.Ok("jira_create_issue", `{"project":"PAY","type":"Bug","summary":"Fields","labels":["a","b"],"assignee":"me","description":"x","fields":[{"name":"Steps to reproduce","value":"- one"}]}`)
	key := created["key"].(string)
	text, _ := b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"summary":"Better fields","priority":"low","assignee":"Ben Okafor","due_date":"2026-04-01","add_labels":["c","d"],"remove_labels":["a"],"fields":[{"name":"Steps to reproduce","value":"- two","op":"add"},{"name":"Story Points","value":"8"}]}`, key))
	for _, want := range []string{"Summary: Fields → Better fields", "Priority: Medium → Low", "Assignee: Ana Silva → Ben Okafor", "Due date: empty → 2026-04-01", "Labels: a, b → b, c, d", "Story Points: empty → 8", "Steps to reproduce: "} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	shown, _ := b.Ok("jira_get_issue", fmt.Sprintf(`{"issues":[%q]}`, key))
	if !strings.Contains(shown, "## Steps to reproduce\n"+toolstest.Open+"- one\n\n* two") && !strings.Contains(shown, "## Steps to reproduce\n"+toolstest.Open+"- one\n\n- two") {
		t.Errorf("the added step is not there:\n%s", shown)
	}
	text, _ = b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"assignee":"none","due_date":"none","fields":[{"name":"Labels","op":"clear"}]}`, key))
	for _, want := range []string{"→ empty", "Assignee: Ben Okafor → empty", "Due date: 2026-04-01 → empty"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"labels":["only"]}`, key))
	if got := b.Field(key, "labels"); fmt.Sprint(got) != "[only]" {
		t.Errorf("labels are %v", got)
	}
	text, _ = b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"fields":[{"name":"Components","value":"Ledger, Checkout","op":"add"},{"name":"Affects versions","value":"24.11","op":"add"}]}`, key))
	for _, want := range []string{"Components: empty → Ledger, Checkout", "Affects versions: empty → 24.11"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	text, _ = b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"fields":[{"name":"Components","value":"Ledger","op":"remove"}]}`, key))
	if !strings.Contains(text, "Components: Ledger, Checkout → Checkout") {
		t.Errorf("says:\n%s", text)
	}
	b.Refused("jira_update_issue", fmt.Sprintf(`{"issue":%q,"fields":[{"name":"Steps to reproduce","value":"- new"}]}`, key), "replacing the whole Steps to reproduce requires if_updated")
}

// TestEditsThatAreRefused checks the error for each kind of wrong argument, and
// that nothing is sent.
func TestEditsThatAreRefused(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	for _, c := range []struct {
		args  string
		words []string
	}{
		{`{"issue":"PAY-9"}`, []string{"nothing to change; set summary"}},
		{`{"issue":"PAY-9","append":"x","find":"y","replace":"z"}`, []string{"set only one of description, append"}},
		{`{"issue":"PAY-9","find":"y"}`, []string{"set find and replace together"}},
		{`{"issue":"PAY-9","replace":"y"}`, []string{"set find and replace together"}},
		{`{"issue":"PAY-9","labels":["a"],"add_labels":["b"]}`, []string{"set either labels"}},
		{`{"issue":"PAY-9","add_labels":["b"],"remove_labels":["b"]}`, []string{"both added and removed"}},
		{`{"issue":"PAY-9","description":""}`, []string{"Empty values count as not given", `"op": "clear"`}},
		{`{"issue":"PAY-9","labels":"","assignee":"null","fields":[{"name":"","value":""}]}`, []string{"nothing to change", "Empty values count as not given"}},
		{`{"issue":"PAY-9","fields":{"Severity":""}}`, []string{"Severity: no value given"}},
		{`{"issue":"PAY-9","summary":"x","updated":"2020-01-01T00:00:00.000+00:00"}`, []string{"PAY-9 was updated since it was read"}},
		{`{"issue":"PAY-9","fields":"Severity"}`, []string{`"fields" must be a list`, `[{"name": …, "value": …, "op": …}]`}},
		{`{"issue":"PAY-9","fields":[{"name":"Comment","value":"x"}]}`, []string{"jira_add_comment"}},
		{`{"issue":"PAY-9","summary":"two\nlines"}`, []string{"Summary", "line breaks"}},
		{`{"issue":"PAY-1","find":"no such words","replace":"x"}`, []string{`"no such words" is not in the text`, "Nothing was sent"}},
		{`{"issue":"PAY-1","find":"the","replace":"x"}`, []string{`"the" is in the text`, "times; include more"}},
		{`{"issue":"PAY-9","priority":"Urgent"}`, []string{"Urgent", "Highest, High"}},
		{`{"issue":"PAY-9","assignee":"Nobody Known"}`, []string{"nobody called"}},
		{`{"issue":"PAY-9","due_date":"soonish"}`, []string{"is not a date"}},
		{`{"issue":"PAY-9","fields":[{"name":"status","value":"Done"}]}`, []string{"jira_transition_issue"}},
		{`{"issue":"PAY-9","fields":[{"name":"Summary","op":"clear"}]}`, []string{"required and cannot be cleared"}},
		{`{"issue":"PAY-9","append":"bell \u0007"}`, []string{"control character U+0007"}},
		{`{"issue":"PAY-9","append":"` + strings.Repeat("word ", 7000) + `"}`, []string{"too long", "at most 32767"}},
		{`{"issue":"DOCS-1","summary":"x"}`, []string{"may not edit DOCS-1"}},
		{`{"issue":"SECRET-1","summary":"x"}`, []string{"Jira does not say whether it is missing or hidden"}},
	} {
		b.Refused("jira_update_issue", c.args, c.words...)
	}
	for _, r := range b.TakeRequests() {
		if strings.HasPrefix(r, "PUT") {
			t.Error("something was sent that cannot succeed")
		}
	}
}

// TestEditWhoseAnswerIsLost checks that an edit whose answer was lost is sent
// once and reported as made if the history shows it, otherwise as uncertain.
func TestEditWhoseAnswerIsLost(t *testing.T) {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool // shared with the server's goroutine; a broken connection does not order the accesses
	var puts atomic.Int32
	done.Store(true)
	b := &toolstest.Server{T: t, Clock: toolstest.NewClock(), Sandbox: site}
	b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "PUT" {
			site.ServeHTTP(w, r)
			return
		}
		puts.Add(1)
		if done.Load() {
			site.ServeHTTP(discard{http.Header{}}, r)
		}
		panic(http.ErrAbortHandler)
	}))
	b.Schemas = map[string]*jsonschema.Schema{}
	text, _ := b.Ok("jira_update_issue", `{"issue":"PAY-9","append":"Said once."}`)
	if !strings.Contains(text, "answer to the edit was lost") || puts.Load() != 1 {
		t.Errorf("sent %d times:\n%s", puts.Load(), text)
	}
	if shown, _ := b.ReadIssue("PAY-9"); strings.Count(shown, "Said once.") != 1 {
		t.Errorf("the description is:\n%s", shown)
	}
	text, _ = b.Ok("jira_update_issue", `{"issue":"PAY-9","add_labels":["lost"]}`)
	if !strings.Contains(text, "answer to the edit was lost") || puts.Load() != 2 {
		t.Errorf("sent %d times:\n%s", puts.Load(), text)
	}
	done.Store(false)
	b.Refused("jira_update_issue", `{"issue":"PAY-9","append":"Never said."}`, "The edit may have happened", "Check first: jira_get_issue")
	if puts.Load() != 3 {
		t.Errorf("sent %d times", puts.Load()-2)
	}
}

// TestEditCostsTwoRequests checks that an edit takes one read and one write.
func TestEditCostsTwoRequests(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.Ok("jira_whoami", `{}`)
	b.TakeRequests()
	b.Ok("jira_update_issue", `{"issue":"PAY-9","append":"x","priority":"Low","add_labels":["y"]}`)
	if diff := cmp.Diff([]string{"GET /rest/api/3/issue/PAY-9", "PUT /rest/api/3/issue/PAY-9"}, b.TakeRequests()); diff != "" {
		t.Error(diff)
	}
}

// TestLongDescriptionIsEditedInParts checks that a description that was shown
// cut can be edited page by page, and that the hidden part is kept.
func TestLongDescriptionIsEditedInParts(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	var blocks []string
	for n := range 60 {
		blocks = append(blocks, fmt.Sprintf(`{"type":"paragraph","content":[{"type":"text","text":"Part %d. %s"}]}`, n, strings.Repeat("All work and no play. ", 18)))
	}
	doc := `{"type":"doc","version":1,"content":[` + strings.Join(blocks, ",") + `]}`
	b.SetDescription("PAY-9", doc)
	shown, updated := b.ReadIssue("PAY-9")
	cut := strings.Index(shown, "<cut:")
	if cut < 0 || len(shown) > 24_000 {
		t.Fatalf("%d characters, not cut:\n%.200s", len(shown), shown)
	}
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", strings.Replace(shown[:cut], "Part 3.", "Part three.", 1), "updated", updated), "would remove text that was not shown: blocks")
	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", strings.Replace(shown, "Part 3.", "Part three.", 1), "updated", updated))
	doc = strings.Replace(doc, "Part 3.", "Part three.", 1)
	b.WantDescription("PAY-9", doc)
	// The next page can be edited on its own.
	text, _ := b.Ok("jira_get_issue", `{"issues":["PAY-9"],"fields":["description","updated"]}`)
	next := 0
	_, _ = fmt.Sscanf(text[strings.LastIndex(text, "text_from "):], "text_from %d", &next)
	_, out := b.Ok("jira_get_issue", fmt.Sprintf(`{"issues":["PAY-9"],"fields":["description","updated"],"text_from":%d}`, next))
	issue := out["issues"].([]any)[0].(map[string]any)
	page := issue["description"].(string)
	if !strings.HasPrefix(page, "<cut:1-") || !strings.Contains(page, "Part 59.") {
		t.Fatalf("the second page:\n%.300s", page)
	}
	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", strings.Replace(page, "Part 59.", "The end.", 1), "updated", issue["updated"]))
	b.WantDescription("PAY-9", strings.Replace(doc, "Part 59.", "The end.", 1))

	// A position within a block shows the whole block; one past the end shows none.
	_, out = b.Ok("jira_get_issue", fmt.Sprintf(`{"issues":["PAY-9"],"fields":["description"],"text_from":%d}`, next+100))
	if again := out["issues"].([]any)[0].(map[string]any)["description"].(string); !strings.HasPrefix(again, "<cut:1-") || !strings.Contains(again, "The end.") {
		t.Errorf("from within a block:\n%.300s", again)
	}
	text, _ = b.Ok("jira_get_issue", `{"issues":["PAY-9"],"fields":["description"],"text_from":999999}`)
	if !strings.Contains(text, "text_from is past its end") {
		t.Errorf("past the end:\n%s", text)
	}
	// The line that stands for the hidden part is valid only for the text with
	// which it was shown.
	shown, _ = b.ReadIssue("PAY-9")
	b.Clock.Advance(time.Minute)
	_, out = b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "append", "Added since."))
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", strings.Replace(shown, "Part 4.", "Part four.", 1), "updated", out["updated"]), "the text has changed since it was read", "Read the text again")
}

// TestInvisibleCharacters checks that rich text is shown without the invisible
// characters that are removed from outgoing text, so that an edit finds the
// text as it was shown.
func TestInvisibleCharacters(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	doc := `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"one\u202e two"}]},{"type":"paragraph","content":[{"type":"text","text":"*\u2066*three"}]}]}`
	b.SetDescription("PAY-9", doc)
	shown, updated := b.ReadIssue("PAY-9")
	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", shown+"\n\nfour", "updated", updated))
	b.WantDescription("PAY-9", strings.TrimSuffix(doc, "]}")+`,{"type":"paragraph","content":[{"type":"text","text":"four"}]}]}`)

	doc = `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"pay\u200bment 👩\u200d👧 and \u00ad\ufe01more words"}]}]}`
	b.SetDescription("PAY-9", doc)
	if shown, _ = b.ReadIssue("PAY-9"); shown != "payment 👩\u200d👧 and more words" {
		t.Errorf("shown: %+q", shown)
	}
	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "find", "payment 👩\u200d👧 and", "replace", "payment 👩\u200d👧 or"))
	b.WantDescription("PAY-9", strings.Replace(doc, "and", "or", 1))
}

// TestPeopleAreMentionedByName checks that @name becomes a mention in new text
// only, not in code, and only if Jira has one user with exactly that name; and
// that each name is looked up once.
func TestPeopleAreMentionedByName(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	_, out := b.Ok("jira_create_issue", `{"project":"PAY","type":"Task","summary":"Names","description":"Ask @Ben Okafor, @Nobody Known or a@Ben Okafor.\n\n`+"`@Override`"+`"}`)
	key := out["key"].(string)
	shown, _ := b.ReadIssue(key)
	if !strings.Contains(shown, "Ask [@Ben Okafor](accountid:") || !strings.Contains(shown, "@Nobody Known or a@Ben Okafor") {
		t.Errorf("shows:\n%s", shown)
	}
	lookups := 0
	for _, r := range b.TakeRequests() {
		if strings.HasSuffix(r, "/user/search") {
			lookups++
		}
	}
	if lookups != 3 { // the first letter of somebody who is not found
		t.Errorf("%d people were looked up, not 3", lookups)
	}
	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", key, "append", "Not @Ana Silva-Costa. But @Ana Silva Can you look?"))
	if shown, _ = b.ReadIssue(key); !strings.Contains(shown, "Not @Ana Silva-Costa. But [@Ana Silva](accountid:") {
		t.Errorf("shows:\n%s", shown)
	}
	// A name in the stored text stays plain text; a new one becomes a mention.
	b.SetDescription(key, `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"By @Ben Okafor."}]}]}`)
	b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", key, "find", "By", "replace", "Written with @Ana Silva by"))
	if shown, _ = b.ReadIssue(key); !strings.HasPrefix(shown, "Written with [@Ana Silva](accountid:") || !strings.HasSuffix(shown, ") by @Ben Okafor.") {
		t.Errorf("shows:\n%s", shown)
	}
	b.Ok("jira_add_comment", toolstest.JSONArgs(t, "issue", key, "body", "@ana silva please look"))
	text, _ := b.Ok("jira_get_issue", fmt.Sprintf(`{"issues":[%q]}`, key))
	if !strings.Contains(text, "[@ana silva](accountid:") {
		t.Errorf("shows:\n%s", text)
	}
}

// TestEditsThatNeverArrived checks that an edit whose answer was lost before
// Jira received it is not reported as made, and that an edit which would change
// nothing is not sent.
func TestEditsThatNeverArrived(t *testing.T) {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &toolstest.Server{T: t, Clock: toolstest.NewClock(), Sandbox: site}
	b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "PUT" {
			panic(http.ErrAbortHandler)
		}
		site.ServeHTTP(w, r)
	}))
	b.SetDescription("PAY-9", rich)
	b.JiraRequest(sandbox.ClassicToken, "PUT", "/rest/api/3/issue/PAY-9", `{"fields":{"labels":["a","b"],"priority":{"name":"Low"}}}`)
	for edit, said := range map[string]string{`"labels":["a","b"]`: "Already so: Labels is a, b.", `"labels":["b","a"]`: "Already so: Labels is a, b.", `"add_labels":["a"]`: "Already so: Labels is a, b.",
		`"remove_labels":["never-there"]`: "Already so: Labels is a, b.", `"priority":"Low"`: "Already so: Priority is Low.", `"priority":"Low","add_labels":["b"]`: "Already so: Priority is Low."} {
		if text, _ := b.Ok("jira_update_issue", `{"issue":"PAY-9",`+edit+`}`); !strings.HasPrefix(text, "Nothing was sent for PAY-9") || !strings.Contains(text, said) {
			t.Errorf("%s: %s", edit, text)
		}
	}
	for _, edit := range []string{`"fields":[{"name":"Labels","op":"clear"}]`, `"labels":["a"]`, `"add_labels":["a","c"]`, `"priority":"Low","add_labels":["c"]`, `"assignee":"default"`, `"append":"---"`,
		`"find":"nothing yet","replace":"**nothing** yet"`, `"find":"nothing yet","replace":"[nothing yet](https://example.com)"`} {
		b.Refused("jira_update_issue", `{"issue":"PAY-9",`+edit+`}`, "The edit may have happened", "Check first")
	}
}

// TestAcceptedEditWhoseIssueCannotBeRead checks that an edit that Jira accepted
// is not reported as unsent if its issue cannot be read afterwards.
func TestAcceptedEditWhoseIssueCannotBeRead(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"no content": func(w http.ResponseWriter) { w.WriteHeader(204) },
		"no fields": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"id":"1","key":"PAY-9"}`))
		},
	} {
		site, err := sandbox.New(sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		edited := false
		b := &toolstest.Server{T: t, Clock: toolstest.NewClock(), Sandbox: site, Schemas: map[string]*jsonschema.Schema{}}
		b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == "PUT":
				edited = true
				site.ServeHTTP(discard{http.Header{}}, r)
				answer(w)
			case edited && strings.Contains(r.URL.Path, "/issue/"):
				http.Error(w, "gone", http.StatusInternalServerError)
			default:
				site.ServeHTTP(w, r)
			}
		}))
		text, _, isError := b.Call(t.Context(), "jira_update_issue", `{"issue":"PAY-9","append":"x"}`)
		if strings.Contains(text, "Nothing was sent") || !strings.Contains(text, "o not") {
			t.Errorf("%s: error %v:\n%s", name, isError, text)
		}
	}
}

// TestPartlyShownBlockIsNotReplaced checks that a block that was shown
// cut cannot be replaced as a whole, with or without the line that marks the
// cut.
func TestPartlyShownBlockIsNotReplaced(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	var lines strings.Builder
	for n := range 2000 {
		fmt.Fprintf(&lines, "ab\\ \" %d\n", n)
	}
	code, _ := json.Marshal(lines.String())
	b.SetDescription("PAY-9", `{"type":"doc","version":1,"content":[{"type":"codeBlock","content":[{"type":"text","text":`+string(code)+`}]}]}`)
	_, out := b.Ok("jira_get_issue", `{"issues":["PAY-9"],"fields":["description"]}`)
	issue := out["issues"].([]any)[0].(map[string]any)
	shown := issue["description"].(string)
	if !strings.HasPrefix(shown, "<cut:inside>") {
		t.Fatalf("shows:\n%.200s", shown)
	}
	edited := strings.Replace(shown, "ab", "cd", 1)
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited, "updated", issue["updated"]), "edit it with find and replace")
	_, edited, _ = strings.Cut(edited, "\n\n")
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", edited, "updated", issue["updated"]), "not shown")

	var items []string
	for n := range 200 {
		items = append(items, fmt.Sprintf(`{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"Item %d. %s"}]}]}`, n, strings.Repeat("word ", 6)))
	}
	b.SetDescription("PAY-9", `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"First."}]},{"type":"bulletList","content":[`+strings.Join(items, ",")+`]}]}`)
	_, out = b.Ok("jira_get_issue", `{"issues":["PAY-9"],"text_from":3000}`)
	issue = out["issues"].([]any)[0].(map[string]any)
	part := issue["description"].(string)
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", part, "updated", issue["updated"]), "edit it with find and replace")
	_, part, _ = strings.Cut(part, "\n\n")
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", part, "updated", issue["updated"]), "allow_loss")
}

// TestUpdateOutput checks edits whose arguments contradict each other
// or the state of the issue.
func TestUpdateOutput(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.SetDescription("PAY-9", rich)
	_, updated := b.ReadIssue("PAY-9")
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "description", " \n", "updated", updated), "Empty values count as not given")
	b.Refused("jira_update_issue", `{"issue":"PAY-9","append":"x","updated":"2099-01-01T00:00:00.000Z"}`, "later than the last change of PAY-9")
	b.Refused("jira_update_issue", `{"issue":"PAY-9","fields":[{"name":"Labels","value":","}]}`, "op clear")
	b.Refused("jira_update_issue", `{"issue":"PAY-9","add_labels":["c"],"fields":[{"name":"Labels","value":"c","op":"remove"}]}`, "both added and removed")
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "find", "nothing yet", "replace", "nothing yet", "fields", []map[string]string{{"name": "Description", "op": "clear"}}, "allow_loss", true, "updated", updated), "given twice")
	b.Clock.Advance(time.Minute)
	b.SetDescription("PAY-9", strings.Replace(rich, "nothing yet", "something", 1))
	b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "find", "nothing yet", "replace", "x", "updated", updated), "Ana Silva changed Description", "Read it again")
}

// TestEditsSideBySide checks that parallel edits of one issue do not overwrite
// each other.
func TestEditsSideBySide(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	tool, _ := b.Tools.Tool("jira_update_issue")
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			req := mcp.CallToolRequest{}
			req.Params.RawArguments = json.RawMessage(fmt.Sprintf(`{"issue":"PAY-9","append":"Line %d."}`, n))
			if res := b.Tools.Runner.Call(t.Context(), tool, req); res.IsError {
				t.Errorf("%v", res.Content)
			}
		})
	}
	wg.Wait()
	shown, _ := b.ReadIssue("PAY-9")
	for n := range 8 {
		if !strings.Contains(shown, fmt.Sprintf("Line %d.", n)) {
			t.Errorf("line %d is gone:\n%s", n, shown)
		}
	}
}
