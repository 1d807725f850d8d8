package jira

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// movingIssue is a site with one issue, PAY-1 with the file 5, which tests move
// out of the fence.
type movingIssue struct {
	project string
	asked   []string
	onWrite func() // called when Jira has done a write
}

// ServeHTTP implements http.Handler.
func (m *movingIssue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.asked = append(m.asked, r.Method+" "+r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	issue := `{"id":"1","key":"` + m.project + `-1","fields":{"project":{"id":"1","key":"` + m.project + `"},"attachment":[{"id":"5","filename":"a.txt","size":4,"mimeType":"text/plain"}]}}`
	switch {
	case strings.HasSuffix(r.URL.Path, "/project/search"):
		_, _ = w.Write([]byte(`{"values":[{"id":"10000","key":"PAY","name":"Payments"}],"isLast":true,"total":1}`))
	case strings.Contains(r.URL.Path, "/attachment/content/"):
		_, _ = w.Write([]byte("text"))
	case r.Method != http.MethodGet:
		m.onWrite()
		if !strings.HasSuffix(r.URL.Path, "/comment") {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"id":"77"}`))
	default:
		_, _ = w.Write([]byte(issue))
	}
}

// TestFileOfAnIssueThatLeft checks that a file can be read as long as its issue is
// inside, and no longer.
func TestFileOfAnIssueThatLeft(t *testing.T) {
	site := &movingIssue{project: "PAY"}
	c, _ := newFencedClient(t, site.ServeHTTP)
	if _, err := c.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil {
		t.Fatal(err)
	}
	if content, err := c.AttachmentContent(t.Context(), "5"); err != nil || string(content.Data) != "text" {
		t.Errorf("inside: %q, %v", content.Data, err)
	}
	site.project, site.asked = "OPS", nil
	if _, err := c.AttachmentContent(t.Context(), "5"); err == nil || OutcomeOf(err) != NotSent {
		t.Errorf("after it left: %v", err)
	}
	for _, asked := range site.asked {
		if strings.Contains(asked, "/attachment/") {
			t.Errorf("asked for the file: %s", asked)
		}
	}
}

// TestWriteThatLandedOutside checks that a write says so if the issue left the
// fence between the check and the write.
func TestWriteThatLandedOutside(t *testing.T) {
	for name, send := range map[string]func(*Client) error{
		"a comment": func(c *Client) error {
			_, err := c.AddComment(t.Context(), "PAY-1", NewComment{Body: map[string]any{}})
			return err
		},
		"a watcher": func(c *Client) error { return c.RemoveWatcher(t.Context(), "PAY-1", "a") },
		"a move to the backlog": func(c *Client) error {
			return c.MoveToBacklog(t.Context(), []string{"PAY-1"})
		},
		"a rank": func(c *Client) error {
			_, err := c.Rank(t.Context(), []string{"PAY-1"}, "", "PAY-1")
			return err
		},
	} {
		site := &movingIssue{project: "PAY", onWrite: func() {}}
		c, _ := newFencedClient(t, site.ServeHTTP)
		if err := send(c); err != nil {
			t.Errorf("%s inside: %v", name, err)
		}
		site.onWrite = func() { site.project = "OPS" }
		if err := send(c); OutcomeOf(err) != Done || !strings.Contains(err.Error(), "no longer inside") || strings.Contains(err.Error(), "OPS") {
			t.Errorf("%s that left: %v, %v", name, OutcomeOf(err), err)
		}
	}
}

// TestFileRedirects checks which redirects of a file's content are followed: on the
// site only to a file, since the answer would otherwise pass the fence as one.
func TestFileRedirects(t *testing.T) {
	for to, want := range map[string]bool{
		"/rest/api/3/attachment/content/6":                             true,
		"/rest/api/3/attachment/thumbnail/6":                           true,
		"/rest/api/3/attachment/../issue/OPS-1":                        false,
		"/rest/api/3/attachment/%2e%2e/issue/OPS-1":                    false,
		"/rest/api/3/issue/OPS-1":                                      false,
		"/secure/attachment/6/a.txt":                                   false,
		"/login.jsp":                                                   false,
		"https://example.com/file/6":                                   false,
		"https://media.atlassian.com.example.com/file/6":               false,
		"http://api.media.atlassian.com/file/x/binary?token=insecure":  false,
		"https://evil.example/rest/api/3/attachment/content/6":         false,
		"//example.com/rest/api/3/attachment/content/6":                false,
		"https://user@example.com/rest/api/3/attachment/content/6?a=b": false,
	} {
		followed := false
		c := startInternal(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/attachment/content/5") {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusSeeOther)
				return
			}
			followed = true
			_, _ = w.Write([]byte("text"))
		})
		_, err := c.AttachmentContent(t.Context(), "5")
		if followed != want || (err == nil) != want {
			t.Errorf("%s: followed %v, want %v: %v", to, followed, want, err)
		}
	}
}

// TestDownloadAttachment checks that only the file itself counts as its content.
func TestDownloadAttachment(t *testing.T) {
	for name, c := range map[string]struct {
		size                int
		kind, answer, sends string
		want                string
	}{
		"the file":         {4, "text/plain", "text/plain", "text", ""},
		"a page":           {4, "text/html", "text/html", "<p>a", ""},
		"no type":          {4, "", "application/octet-stream", "text", ""},
		"cut off":          {9, "text/plain", "text/plain", "text", "4 bytes, but the file has 9"},
		"another file":     {3, "text/plain", "text/plain", "text", "4 bytes, but the file has 3"},
		"a login page":     {4, "image/png", "text/html;charset=UTF-8", "<p>a", "is a web page, but the file is image/png"},
		"an empty file":    {0, "text/plain", "text/plain", "", ""},
		"nothing instead":  {4, "text/plain", "text/plain", "", "0 bytes"},
		"a size unlike it": {0, "text/plain", "text/plain", "text", "but the file has 0"},
	} {
		client := startInternal(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.answer)
			_, _ = w.Write([]byte(c.sends))
		})
		content, err := client.DownloadAttachment(t.Context(), "5", c.size, c.kind)
		switch {
		case c.want == "" && (err != nil || string(content.Data) != c.sends):
			t.Errorf("%s: %q, %v", name, content.Data, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// startInternal starts a site with a handler, and returns a client without a fence
// for it.
func startInternal(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	base, _ := url.Parse(srv.URL)
	c, err := New(Options{Base: base, Credential: credential.Static{Token: credential.NewSecret("t")}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
