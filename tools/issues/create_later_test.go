package issues_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestEpicName checks that the field of older sites, which is now the summary, can
// be given beside the summary.
func TestEpicName(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.Ok("jira_create_issue", `{"project":"PAY","type":"Epic","summary":"Big rocks","fields":[{"name":"Epic Name","value":"Big rocks"}]}`)
	b.Refused("jira_create_issue", `{"project":"PAY","type":"Epic","summary":"Bigger rocks","fields":[{"name":"Epic Name","value":"Big"}]}`, `Epic Name: Jira now uses the summary as the epic's name, and the summary is "Bigger rocks"; leave out Epic Name`, "Nothing was sent")
}

// TestFieldsOffTheCreateScreen checks that fields which only the edit screen has
// are set right after the create, and that the answer says so.
func TestFieldsOffTheCreateScreen(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	text, _ := b.Ok("jira_create_issue", `{"project":"LAB","type":"Task","summary":"Repair the north mast","sprint":"current","estimate":"3h",
		"fields":[{"name":"Remaining Estimate","value":"1h"},{"name":"Story type","value":"Chore"},{"name":"Environment","value":"**North** slope"},{"name":"Due date","value":"2026-12-24"}]}`)
	for _, want := range []string{"Story type: Chore", "Due date: 2026-12-24", "(not on the create screen), sprint LAB, week 1 (not on the create screen)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
	if strings.Contains(text, "Not kept") {
		t.Error(text)
	}
	i := b.Sandbox.Site().Issue("LAB-9")
	switch {
	case i == nil:
		t.Fatal("LAB-9 was not created")
	case i.Sprint() == nil || i.Sprint().Name != "LAB, week 1":
		t.Errorf("sprint %+v", i.Sprint())
	case i.Original == nil || *i.Original != 3*3600 || i.Remaining == nil || *i.Remaining != 3600:
		t.Errorf("estimates %v, %v", i.Original, i.Remaining)
	case !strings.Contains(string(i.Environment), "strong"):
		t.Errorf("environment %s", i.Environment)
	}
}

// TestFieldsOffTheCreateScreenAreChecked checks that a field or value that the
// edit screen does not take is an error before anything is created.
func TestFieldsOffTheCreateScreenAreChecked(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.Refused("jira_create_issue", `{"project":"LAB","type":"Task","summary":"x","fields":[{"name":"Story type","value":"Chor"}]}`, `Did you mean "Chore"?`, "Nothing was sent")
	b.Refused("jira_create_issue", `{"project":"LAB","type":"Task","summary":"x","fields":[{"name":"Go-live date","value":"2026-12-24"}]}`, "Go-live date is on neither the create screen nor the edit screen of Task in LAB")
	b.Refused("jira_create_issue", `{"project":"LAB","type":"Task","summary":"x","fields":[{"name":"Story typ","value":"Chore"}]}`, `No field on this screen: "Story typ"`)
	text, _ := b.Ok("jira_create_issue", `{"project":"LAB","type":"Task","summary":"x","sprint":"61","fields":[{"name":"Story type","value":"feature"}],"dry_run":true}`)
	for _, want := range []string{"Story type: Feature (not on the create screen; set right after the create)", "Sprint: 61 (not on the create screen"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
	if i := b.Sandbox.Site().Issue("LAB-9"); i != nil {
		t.Error("an issue was created")
	}
}

// TestFieldsOffTheCreateScreenOfFirstIssue checks a project without an issue that
// could show the edit screen: it is known after the create.
func TestFieldsOffTheCreateScreenOfFirstIssue(t *testing.T) {
	t.Parallel()
	b := toolstest.NewWith(t, toolstest.Everything, func(s *store.Site) {
		for n := range 8 {
			s.Delete(s.Issue("LAB-" + string(rune('1'+n))).ID)
		}
	})
	text, _ := b.Ok("jira_create_issue", `{"project":"LAB","type":"Task","summary":"First","fields":[{"name":"Story type","value":"Chore"}]}`)
	if !strings.Contains(text, "Story type: Chore") {
		t.Error(text)
	}
	text, _ = b.Ok("jira_create_issue", `{"project":"LAB","type":"Bug","summary":"First bug","fields":[{"name":"Story type","value":"Chor"}]}`)
	if !strings.Contains(text, "Created LAB-10") || !strings.Contains(text, "NOT done (the issue was filed)") || !strings.Contains(text, `Did you mean "Chore"?`) {
		t.Error(text)
	}
}

// TestSeveralWithFieldsOffTheCreateScreen checks jira_create_issues, where the
// parent is off the create screen too.
func TestSeveralWithFieldsOffTheCreateScreen(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	text, _ := b.Ok("jira_create_issues", `{"project":"LAB","issues":[{"ref":"a","type":"Task","summary":"North mast","sprint":"LAB, week 1"},{"type":"Bug","summary":"South mast","fields":[{"name":"Story type","value":"Chore"},{"name":"Customer","value":"Kestrel"}]}]}`)
	if !strings.Contains(text, "Added: sprint LAB, week 1 (not on the create screen)") || !strings.Contains(text, "Added: Story type, Customer (not on the create screen)") || strings.Contains(text, "Not kept") {
		t.Error(text)
	}
}

// TestClearIsTriedOtherwise checks that a list which Jira does not empty with []
// is emptied with null.
func TestClearIsTriedOtherwise(t *testing.T) {
	t.Parallel()
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &toolstest.Server{T: t, Clock: toolstest.NewClock(), Sandbox: site}
	var sent []string
	b.Connect(toolstest.Everything, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut {
			site.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		var edit struct{ Fields map[string]json.RawMessage }
		_ = json.Unmarshal(body, &edit)
		sent = append(sent, string(edit.Fields["customfield_30202"]))
		if sent[len(sent)-1] == "[]" {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-AAccountId", "somebody")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"errorMessages":[],"errors":{"customfield_30202":"data was not an array"}}`)
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		site.ServeHTTP(w, r)
	}))
	text, _ := b.Ok("jira_update_issue", `{"issue":"LAB-2","fields":[{"name":"Work category","op":"clear"}]}`)
	if strings.Join(sent, " ") != "[] null" || !strings.Contains(text, "Work category: Ops: build, test and release → empty") {
		t.Errorf("sent %q: %s", sent, text)
	}
}

// TestZeroEstimates checks that zero may be a number.
func TestZeroEstimates(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.Ok("jira_log_work", `{"issue":"PAY-3","time":"1h","remaining":0}`)
	if text, _ := b.Ok("jira_get_issue", `{"issues":["PAY-3"],"fields":["Time tracking"]}`); !strings.Contains(text, "0m") {
		t.Error(text)
	}
	b.Ok("jira_create_issue", `{"project":"PAY","type":"Task","summary":"Nothing to do","estimate":0}`)
	b.Refused("jira_create_issue", `{"project":"PAY","type":"Task","summary":"Something to do","estimate":90}`, `"90" is not a duration like 1d 2h`)
}

// TestOptionsInJirasForm checks that values in Jira's own JSON are accepted, as an
// object and as text.
func TestOptionsInJirasForm(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	for _, value := range []string{`{"value":"10"}`, `"{\"value\":\"10\"}"`} {
		if text, _ := b.Ok("jira_create_issue", `{"project":"LAB","type":"Task","summary":"Form `+strings.Trim(value[:2], `"{`)+`","allow_duplicate":true,"fields":[{"name":"Lab size","value":`+value+`}]}`); !strings.Contains(text, "Lab size: 10") {
			t.Errorf("%s: %s", value, text)
		}
	}
}
