package jira_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// TestFileNamesOnTheWire checks the header of an upload: the name in UTF-8, with
// quotes and line breaks escaped, and no filename* (RFC 7578, section 4.2).
func TestFileNamesOnTheWire(t *testing.T) {
	t.Parallel()
	clk := newClock()
	s := newSandbox(t, clk)
	var sent string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/attachments") {
			body, _ := io.ReadAll(r.Body)
			sent = string(body)
			r.Body = io.NopCloser(strings.NewReader(sent))
		}
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, base, sandbox.ClassicToken, clk.Now)
	for name, want := range map[string]string{
		"report.txt": `filename="report.txt"`, "Отчёт.txt": `filename="Отчёт.txt"`, "レポート 1.txt": `filename="レポート 1.txt"`, `say "hi".txt`: `filename="say %22hi%22.txt"`, "a;b=c.txt": `filename="a;b=c.txt"`,
		"naïve\r\nX-Evil: 1.txt": `filename="naïve%0D%0AX-Evil: 1.txt"`,
	} {
		file, err := c.AddAttachment(t.Context(), "PAY-9", name, jira.Content{Type: "text/plain", Data: []byte("x")})
		if err != nil {
			t.Errorf("%q: %v", name, err)
		}
		head, _, _ := strings.Cut(sent, "\r\n\r\n")
		if !strings.Contains(head, `Content-Disposition: form-data; name="file"; `+want+"\r\n") || strings.Contains(head, "filename*") {
			t.Errorf("%q: %q, want %s", name, head, want)
		}
		// Names are read as one line: see singleLineMembers.
		if stored := strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' {
				return ' '
			}
			if strings.ContainsRune(`\/:*?"<>|%$`, r) {
				return '_'
			}
			return r
		}, name); file.Name != stored {
			t.Errorf("%q is stored as %q", name, file.Name)
		}
	}
}
