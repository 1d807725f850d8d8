package issues_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// treeOfFour has the arguments of a call that creates an epic, two stories and
// a sub-task, with a link between the stories.
const treeOfFour = `{"project":"PAY","issues":[{"ref":"e","type":"Epic","summary":"Statements"},{"ref":"a","type":"Story","summary":"Monthly statement","parent":"e"},
	{"ref":"b","type":"Story","summary":"Yearly statement","parent":"e","links":["is blocked by a"]},{"type":"Sub-task","summary":"Layout","parent":"b"}]}`

// TestCreateTreeByLevel checks that a tree of issues takes one bulk
// request a level, and that the same call sent again creates nothing.
func TestCreateTreeByLevel(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	b.TakeRequests()
	_, out := b.Ok("jira_create_issues", treeOfFour)
	if n := toolstest.CountRequests(b.TakeRequests(), "POST /rest/api/3/issue/bulk"); n != 3 {
		t.Errorf("%d bulk requests for 3 levels", n)
	}
	keys := map[string]string{}
	for _, i := range out["issues"].([]any) {
		issue := i.(map[string]any)
		keys[issue["summary"].(string)] = issue["key"].(string)
	}
	site := b.Sandbox.Site()
	yearly, layout, statements := site.Issue(keys["Yearly statement"]), site.Issue(keys["Layout"]), site.Issue(keys["Statements"])
	if layout.Parent != yearly.ID || yearly.Parent != statements.ID {
		t.Errorf("the tree is %d below %d, %d below %d", layout.Parent, yearly.ID, yearly.Parent, statements.ID)
	}
	if len(yearly.Links) != 1 || yearly.Links[0].Outward || site.ByID(yearly.Links[0].Other).Key != keys["Monthly statement"] {
		t.Errorf("the link is %+v", yearly.Links)
	}
	text, _ := b.Ok("jira_create_issues", treeOfFour)
	if n := toolstest.CountRequests(b.TakeRequests(), "POST /rest/api/3/issue/bulk"); n != 0 || !strings.Contains(text, "Filed 0 of 4 issues; 4 had been filed before.") {
		t.Errorf("again: %d bulk requests\n%s", n, text)
	}
}

// TestCreateTreeReportsFailures checks that a failed issue fails its
// children alone, and that a repeated call creates only the missing issues.
func TestCreateTreeReportsFailures(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	// Jira refuses a story below a story, which the create screen does not show.
	const args = `{"project":"PAY","issues":[{"ref":"a","type":"Story","summary":"Above"},{"ref":"b","type":"Story","summary":"Wrongly below","parent":"a"},{"type":"Sub-task","summary":"Below the wrong","parent":"b"},{"type":"Task","summary":"Beside"}]}`
	text, out := b.Ok("jira_create_issues", args)
	for _, want := range []string{"Filed 2 of 4 issues; 2 NOT filed.", "b NOT filed: ", "hierarchy", "#3 NOT filed: its parent b was not filed", "#4 PAY-"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	first := out["issues"].([]any)[0].(map[string]any)["key"]
	before := b.Sandbox.Site().Count()
	text, out = b.Ok("jira_create_issues", strings.Replace(args, `"type":"Story","summary":"Wrongly below"`, `"type":"Sub-task","summary":"Rightly below"`, 1))
	if out["issues"].([]any)[0].(map[string]any)["key"] != first || b.Sandbox.Site().Count() != before+1 {
		t.Errorf("the repeat filed %d more: %s", b.Sandbox.Site().Count()-before, text)
	}
}

// TestLostBulkCreateIsNotRepeated checks that a bulk create whose answer was
// lost is reported as uncertain and not sent again.
func TestLostBulkCreateIsNotRepeated(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	lose := true
	b.Connect(toolstest.Everything, &toolstest.Faulty{B: b, Next: b.Sandbox, Fault: func(r *http.Request) int {
		if lose && r.URL.Path == "/rest/api/3/issue/bulk" {
			return 500
		}
		return 0
	}})
	text, _, _ := b.Call(t.Context(), "jira_create_issues", treeOfFour)
	if !strings.Contains(text, "may have happened") || !strings.Contains(text, "e is uncertain: ") || !strings.Contains(text, "3 NOT filed; 1 may have been filed") {
		t.Errorf("lost: %s", text)
	}
	lose = false
	b.TakeRequests()
	text, _, _ = b.Call(t.Context(), "jira_create_issues", treeOfFour)
	if n := toolstest.CountRequests(b.TakeRequests(), "POST /rest/api/3/issue/bulk"); n != 0 || !strings.Contains(text, "its answer was lost") {
		t.Errorf("repeated: %d sent: %s", n, text)
	}
}

// TestMoreThanTenAreConfirmed checks that a call on more than ten issues needs
// a confirmation, for creates and for edits.
func TestMoreThanTenAreConfirmed(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	var list, keys []string
	for n := range 11 {
		list = append(list, fmt.Sprintf(`{"type":"Task","summary":"No %d"}`, n))
		keys = append(keys, fmt.Sprintf("PAY-%d", 20+n))
	}
	for tool, args := range map[string]string{"jira_create_issues": `{"project":"PAY","issues":[` + strings.Join(list, ",") + `]}`, "jira_update_issue": `{"issue":"` + strings.Join(keys, ", ") + `","priority":"Low"}`} {
		b.TakeRequests()
		text, _ := b.Ok(tool, args)
		if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) > 0 || !strings.Contains(text, "confirm: ") || !strings.Contains(text, "This call requires confirmation") {
			t.Errorf("%s sent %v: %s", tool, sent, text)
		}
		b.CallConfirmed(tool, args)
		if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) == 0 {
			t.Errorf("%s: confirmed, nothing was sent", tool)
		}
	}
}

// TestBulkUpdateWaitsForItsTask checks that a bulk change is waited for and
// reports its failures, that it sends mail only with notify, and that its
// progress can be read again by its task.
func TestBulkUpdateWaitsForItsTask(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	const args = `{"jql":"project in (PAY, DOCS) AND type = Task","fields":[{"name":"Labels","value":"swept","op":"add"}]}`
	text := b.CallConfirmed("jira_bulk_update", args)
	if !strings.Contains(text, "were NOT changed") || !strings.Contains(text, "DOCS-") || !strings.Contains(text, "do not have permission") || b.Sandbox.Site().MailedTasks() != 0 {
		t.Errorf("%d mails: %s", b.Sandbox.Site().MailedTasks(), text)
	}
	task := text[strings.Index(text, "Task ")+5:]
	task = task[:strings.IndexByte(task, '.')]
	if again, _ := b.Ok("jira_bulk_update", `{"task":`+task+`}`); !strings.Contains(again, "Changed ") {
		t.Errorf("asked again: %s", again)
	}
	b.CallConfirmed("jira_bulk_update", `{"issues":["PAY-9"],"fields":[{"name":"Priority","value":"Low"},{"name":"Assignee","value":"none","op":"clear"},{"name":"Components","value":"Ledger"},{"name":"Story Points","value":"3"},{"name":"Severity","value":"Minor"},{"name":"Due date","value":"2026-05-01"}],"notify":true}`)
	i := b.Sandbox.Site().Issue("PAY-9")
	if b.Sandbox.Site().MailedTasks() != 1 || i.Priority.Name != "Low" || i.Assignee != nil || len(i.Components) != 1 || i.Custom["customfield_10016"] != 3.0 || i.DueDate != "2026-05-01" {
		t.Errorf("%d mails, %+v", b.Sandbox.Site().MailedTasks(), i)
	}
}

// TestEditsOfCommentsKeepWhoSeesThem checks that the edit of a restricted
// comment keeps its restriction.
func TestEditsOfCommentsKeepWhoSeesThem(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	_, out := b.Ok("jira_add_comment", `{"issue":"HELP-2","body":"For us","only_for":"group payments-team"}`)
	b.Ok("jira_update_comment", fmt.Sprintf(`{"issue":"HELP-2","comment":%q,"append":"and nobody else"}`, out["id"]))
	comments := b.Sandbox.Site().Issue("HELP-2").Comments
	last := comments[len(comments)-1]
	if !last.Internal || !strings.Contains(string(last.Visibility), "payments-team") {
		t.Errorf("internal %v, %s", last.Internal, last.Visibility)
	}
	b.Refused("jira_add_comment", `{"issue":"HELP-2","body":"x","only_for":"group payments-team","public":true}`, "public or only_for")
}

// TestFilesComeFromTheConfiguredDirectoryOnly checks that only regular files
// below the configured directory can be attached, and not over symbolic links.
func TestFilesComeFromTheConfiguredDirectoryOnly(t *testing.T) {
	above := t.TempDir()
	folder := filepath.Join(above, "files")
	for name, text := range map[string]string{filepath.Join(above, "secret.txt"): "secret", filepath.Join(folder, "log.txt"): "line", filepath.Join(folder, "sub", "deep.txt"): "deep"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"out.txt": "../secret.txt", "in.txt": "log.txt", "up": ".."} {
		if err := os.Symlink(to, filepath.Join(folder, link)); err != nil {
			t.Skip("this system makes no links: " + err.Error())
		}
	}
	if err := os.Link(filepath.Join(above, "secret.txt"), filepath.Join(folder, "hard.txt")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	b := toolstest.New(t, toolstest.Everything)
	b.Files = root
	b.Connect(toolstest.Everything, b.Sandbox)
	b.Ok("jira_add_attachment", `{"issue":"PAY-9","file":"log.txt"}`)
	b.Ok("jira_add_attachment", `{"issue":"PAY-9","file":"sub/deep.txt","name":"renamed.txt"}`)
	files := b.Sandbox.Site().Issue("PAY-9").Attachments
	if len(files) != 2 || string(files[0].Data) != "line" || files[1].Name != "renamed.txt" || string(files[1].Data) != "deep" {
		t.Errorf("%d files", len(files))
	}
	for file, why := range map[string]string{"../secret.txt": "is not a relative path inside the files directory", "/etc/passwd": "is not a relative path inside the files directory", filepath.Join(above, "secret.txt"): "is not a relative path inside the files directory", "out.txt": "contains a symbolic link, which is not followed", "in.txt": "contains a symbolic link, which is not followed",
		"up/secret.txt": "contains a symbolic link, which is not followed", "sub": "is not a regular file", "none.txt": `no file "none.txt" in the files directory`, "hard.txt": "has several hard links", "sub/none.txt": `no file "sub/none.txt" in the files directory`, "sub/../../secret.txt": "is not a relative path inside the files directory", `..\\secret.txt`: "is not a relative path inside the files directory"} {
		if text := b.Refused("jira_add_attachment", fmt.Sprintf(`{"issue":"PAY-9","file":"%s"}`, file), why, "Nothing was sent"); strings.Contains(text, "log.txt") {
			t.Errorf("the folder is listed: %s", text)
		}
	}
}

// TestSprintsByWord checks that a sprint can be given as current, next, backlog
// or by its name, and that an issue without the field Sprint is refused.
func TestSprintsByWord(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	for word, want := range map[string]string{"current": "PAY Sprint 14", "next": "PAY Sprint 15", "pay sprint 15": "PAY Sprint 15"} {
		text, _ := b.Ok("jira_update_issue", `{"issue":"PAY-131","sprint":"`+word+`"}`)
		if !strings.Contains(text, "→ "+want) && !strings.Contains(text, "Already so: Sprint is "+want) {
			t.Errorf("%s: %s", word, text)
		}
	}
	text, _ := b.Ok("jira_update_issue", `{"issue":"PAY-131","sprint":"backlog"}`)
	if !strings.Contains(text, "→ empty") || b.Sandbox.Site().Issue("PAY-131").Sprint() != nil {
		t.Error(text)
	}
	b.Refused("jira_update_issue", `{"issue":"PAY-2","sprint":"current"}`, "has no Sprint field on its screen")
}

// TestHistoryAddsUp checks that the times in statuses add up to the age of the
// issue.
func TestHistoryAddsUp(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	for _, key := range []string{"PAY-1", "PAY-25", "OPS-3", "HELP-4"} {
		_, out := b.Ok("jira_get_history", `{"issue":"`+key+`"}`)
		issue := b.Sandbox.Site().Issue(key)
		total := 0.0
		for _, s := range out["time_in_status"].([]any) {
			n, _ := s.(map[string]any)["seconds"].(interface{ Float64() (float64, error) }).Float64()
			total += n
		}
		if age := b.Clock.Now().Sub(issue.Created).Seconds(); total < age-10 || total > age+10 {
			t.Errorf("%s: %v s in statuses, %v s old", key, total, age)
		}
	}
}

// TestMoveToAnotherProject checks that an issue moves to another project, with a
// value that the target requires, and that its old key still finds it.
func TestMoveToAnotherProject(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	text := b.CallConfirmed("jira_move_issue", `{"issue":"PAY-31","project":"HELP","type":"Incident","fields":[{"name":"Impact","value":"Minor"}]}`)
	if !strings.Contains(text, "PAY-31 is now HELP-") || !strings.Contains(text, "Waiting for support") {
		t.Error(text)
	}
	if i := b.Sandbox.Site().Issue("PAY-31"); i.Project.Key != "HELP" || b.Sandbox.Site().MailedTasks() != 0 {
		t.Errorf("it is in %s, %d mails", i.Project.Key, b.Sandbox.Site().MailedTasks())
	}
	b.Ok("jira_get_issue", `{"issues":["PAY-31"]}`)
}

// TestCloneIsNotRepeated checks that a clone has the description, the files and
// the link of a clone, and that the same call makes another one only after ten
// minutes.
func TestCloneIsNotRepeated(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	_, out := b.Ok("jira_clone_issue", `{"issue":"OPS-4","include":["files"]}`)
	source, clone := b.Sandbox.Site().Issue("OPS-4"), b.Sandbox.Site().Issue(out["key"].(string))
	if string(clone.Description) != string(source.Description) && len(clone.Description) != len(source.Description) {
		t.Errorf("the description of the copy: %s", clone.Description)
	}
	if len(clone.Attachments) != len(source.Attachments) || len(clone.Links) != 1 || !clone.Links[0].Outward || clone.Links[0].Type.Outward != "clones" {
		t.Errorf("%d files, links %+v", len(clone.Attachments), clone.Links)
	}
	b.TakeRequests()
	if _, again := b.Ok("jira_clone_issue", `{"issue":"OPS-4","include":["files"]}`); again["key"] != out["key"] || toolstest.CountRequests(b.TakeRequests(), "POST /rest/api/3/issue") != 0 {
		t.Errorf("again: %v", again)
	}
	b.Clock.Advance(11 * time.Minute)
	if _, later := b.Ok("jira_clone_issue", `{"issue":"OPS-4"}`); later["key"] == out["key"] {
		t.Error("later it is not made")
	}
}

// TestIfUpdated checks that if_updated refuses an edit of an issue that was
// changed since, and that the older name of the argument, updated, still works.
func TestIfUpdated(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	_, out := b.Ok("jira_get_issue", `{"issues":["PAY-9"]}`)
	updated := out["issues"].([]any)[0].(map[string]any)["updated"].(string)
	b.Clock.Advance(time.Minute)
	b.Ok("jira_update_issue", `{"issue":"PAY-9","priority":"Low"}`)
	for _, name := range []string{"if_updated", "updated"} {
		b.Refused("jira_update_issue", fmt.Sprintf(`{"issue":"PAY-9","priority":"High","%s":%q}`, name, updated), "was updated since", "Ana Silva changed Priority")
	}
}

// TestLinkDirectionsAreDistinct checks that "blocks" and "is blocked by" are
// different links: one is not removed or taken as existing in place of the
// other.
func TestLinkDirectionsAreDistinct(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	b.Ok("jira_link_issues", `{"issue":"PAY-40","words":"is blocked by","target":"PAY-41"}`)
	b.Refused("jira_unlink_issues", `{"issue":"PAY-40","words":"blocks","target":"PAY-41"}`, "no such link", "is blocked by PAY-41")
	if text, _ := b.Ok("jira_link_issues", `{"issue":"PAY-40","words":"blocks","target":"PAY-41"}`); !strings.Contains(text, "Linked: PAY-40 blocks PAY-41") {
		t.Error(text)
	}
	if links := b.Sandbox.Site().Issue("PAY-40").Links; len(links) != 2 || links[0].Outward || !links[1].Outward {
		t.Errorf("%+v", links)
	}
	b.Ok("jira_unlink_issues", `{"issue":"PAY-41","words":"blocks","target":"PAY-40"}`)
	if links := b.Sandbox.Site().Issue("PAY-40").Links; len(links) != 1 || !links[0].Outward {
		t.Errorf("%+v", links)
	}
}

// TestDuplicatesInOneCall checks that two equal issues in one call are an error,
// since the second would wait for the first without end.
func TestDuplicatesInOneCall(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	twins := `{"project":"PAY","issues":[{"type":"Task","summary":"The same"},{"type":"Task","summary":"The same"}]}`
	b.Refused("jira_create_issues", twins, "#2 is identical to #1")
	b.Ok("jira_create_issues", strings.Replace(twins, `"project"`, `"allow_duplicate":true,"project"`, 1))
}

// TestLostTransitionIsConfirmedByHistory checks that a transition whose answer
// was lost counts as made only if the history shows it as made by this user.
func TestLostTransitionIsConfirmedByHistory(t *testing.T) {
	for name, made := range map[string]bool{"made": true, "not made": false} {
		b := toolstest.New(t, toolstest.Everything)
		// If it was not made, another user transitions the issue to the same status.
		b.Connect(toolstest.Everything, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/transitions") {
				if made {
					b.Sandbox.ServeHTTP(discard{http.Header{}}, r)
				} else {
					site := b.Sandbox.Site()
					_, _ = site.Update(site.Issue("PAY-11").ID, func(i *store.Issue) error {
						to := site.Status("In Progress")
						i.History = append(i.History, &store.Change{ID: "1", Author: site.Users[3], At: site.Now(), Items: []store.Item{{Field: "status", FieldID: "status", FieldType: "jira", FromText: i.Status.Name, ToString: to.Name}}})
						i.Status = to
						return nil
					})
				}
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			b.Sandbox.ServeHTTP(w, r)
		}))
		text, _, isError := b.Call(t.Context(), "jira_transition_issue", `{"issue":"PAY-11","to":"In Progress"}`)
		if isError == made || made && !strings.Contains(text, "its answer") && !strings.Contains(text, "answer to the transition was lost") || !made && !strings.Contains(text, "may have happened") {
			t.Errorf("%s: error %v: %s", name, isError, text)
		}
	}
}

// TestKeysThatAreNotFoundStopABulkChange checks that a key without an issue, or
// two keys of one issue, are an error before anything is changed.
func TestKeysThatAreNotFoundStopABulkChange(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	// PAY-1000 is an old key of OPS-5.
	b.Refused("jira_bulk_update", `{"issues":["OPS-5","PAY-1000"],"fields":[{"name":"Labels","value":"x","op":"add"}]}`, "PAY-1000", "Nothing was changed")
	b.Refused("jira_bulk_update", `{"issues":["PAY-9","PAY-99999"],"fields":[{"name":"Labels","value":"x","op":"add"}]}`, "PAY-99999")
}
