package issues_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestPicturesOfTheIssue checks that a picture given by the name of a file of the
// issue is shown by the id that the redirect of its content has.
func TestPicturesOfTheIssue(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"![usage](disk-usage.png)", "![usage](./img/Disk-Usage.png?raw=true)", "![usage](attachment:disk-usage.png)", `<img src="disk-usage.png" alt="usage">`} {
		b := toolstest.New(t, toolstest.Everything)
		text, _ := b.Ok("jira_add_comment", toolstest.JSONArgs(t, "issue", "OPS-4", "body", body))
		comments := b.Sandbox.Site().Issue("OPS-4").Comments
		doc := string(comments[len(comments)-1].Body)
		if !strings.Contains(doc, `"type":"file","id":"`) || strings.Contains(doc, "external") || strings.Contains(text, "stays text") {
			t.Errorf("%s became %s\n%s", body, doc, text)
		}
	}
}

// TestPictureRequests checks that a file which a text shows many times needs one
// request.
func TestPictureRequests(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.TakeRequests()
	b.Ok("jira_add_comment", toolstest.JSONArgs(t, "issue", "OPS-4", "body", strings.Repeat("![usage](disk-usage.png)\n\n", 40)))
	asked := b.TakeRequests()
	n := 0
	for _, r := range asked {
		if strings.Contains(r, "/attachment/content/") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("asked %d times: %q", n, asked)
	}
}

// TestPicturesThatAreNotThere checks what becomes of a picture that the issue
// does not have, and of one whose id Jira does not reveal.
func TestPicturesThatAreNotThere(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	text, _ := b.Ok("jira_add_comment", `{"issue":"OPS-4","body":"See ![usage](usage.png)."}`)
	if !strings.Contains(text, `The picture "usage.png" stays text: OPS-4 has no file of that name. Its files include runbook.pdf, disk-usage.png.`) {
		t.Error(text)
	}
	text, _ = b.Ok("jira_create_issue", `{"project":"OPS","type":"Task","summary":"Picture","description":"![usage](usage.png)"}`)
	if !strings.Contains(text, "a new issue has no files yet") {
		t.Error(text)
	}
	site, err := sandbox.New(sandbox.Options{MediaURL: "https://media.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	other := &toolstest.Server{T: t, Clock: toolstest.NewClock(), Sandbox: site}
	other.Connect(toolstest.Everything, http.HandlerFunc(site.ServeHTTP))
	text, _ = other.Ok("jira_add_comment", `{"issue":"OPS-4","body":"See ![usage](disk-usage.png)."}`)
	comments := site.Site().Issue("OPS-4").Comments
	doc := string(comments[len(comments)-1].Body)
	if !strings.Contains(doc, `/secure/attachment/`) || strings.Contains(doc, `"media"`) || !strings.Contains(text, "became a link") {
		t.Errorf("%s\n%s", doc, text)
	}
}

// TestFilesInOldEncodings checks that text of older Windows programs is shown.
func TestFilesInOldEncodings(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	for _, c := range []struct{ what, base64, text, note string }{
		{"Windows-1252", "TvxybmJlcmcg4iA4MCCA", "Nürnberg â 80 €", "Windows-1252"},
		{"German", "S3VuZGU6IELkciwgUHLkc2lkZW50", "Kunde: Bär, Präsident", "Windows-1252"},
		{"French", "bm9tO3By6W5vbQpEdXBvbnQ7UmVu6WU=", "prénom\nDupont;Renée", "Windows-1252"},
		{"Spanish", "TeFzIGTtYXM=", "Más días", "Windows-1252"},
		{"a Japanese log", "kN2S6DogQzpcg42DTwqDR4OJgVsgMTI=", "設定: C:\\ログ\nエラー 12", "Shift_JIS"},
		{"Shift_JIS", "g0WBW4NvOIKqjn6C3ILBgr2BQg==", "ウーバ8が止まった。", "Shift_JIS"},
		{"a data: address", "data:text/plain;base64,SGVsbG8=", "Hello", ""},
		{"a data: address without base64", "data:,Hello%20you", "Hello you", ""},
		{"the other alphabet, no padding", "w6T_w7Y", "", ""},
	} {
		text, _ := b.Ok("jira_add_attachment", toolstest.JSONArgs(t, "issue", "PAY-3", "name", "x.txt", "base64", c.base64))
		_, id, _ := strings.Cut(text, "id ")
		id, _, _ = strings.Cut(id, ")")
		if c.text == "" {
			continue
		}
		text, _ = b.Ok("jira_get_attachment", toolstest.JSONArgs(t, "issue", "PAY-3", "file", id))
		if !strings.Contains(text, c.text) || !strings.Contains(text, c.note) {
			t.Errorf("%s: %s", c.what, text)
		}
	}
}
