package issues_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestCommentsWithoutTotal checks that all comments can be read if Jira does not
// say how many there are, or says too few.
func TestCommentsWithoutTotal(t *testing.T) {
	t.Parallel()
	for _, total := range []string{"null", "60"} {
		whole := newCommented(t, same(250, 40))
		b := newCommented(t, same(250, 40))
		b.Connect(toolstest.Everything, bendBodies(b.Sandbox, "/comment", func(body string) string { return strings.Replace(body, `"total":250`, `"total":`+total, 1) }))
		seen := map[string]bool{}
		for skip := 0; skip >= 0; {
			text, out := b.Ok("jira_get_comments", fmt.Sprintf(`{"issue":"PAY-9","limit":100,"skip":%d}`, skip))
			for _, c := range out["comments"].([]any) {
				seen[c.(map[string]any)["id"].(string)] = true
			}
			next := -1
			if _, err := fmt.Sscan(fmt.Sprint(out["next_skip"]), &next); err == nil && !strings.Contains(text, "has more than ") {
				t.Errorf("total %s: %.60s", total, text)
			}
			skip = next
		}
		if len(seen) != 250 {
			t.Errorf("total %s: %d of 250 comments were shown", total, len(seen))
		}
		text, _ := whole.Ok("jira_get_comments", `{"issue":"PAY-9","limit":10}`)
		if !strings.HasPrefix(text, "PAY-9 has 250 comments.") {
			t.Errorf("%.60s", text)
		}
	}
}

// bendBodies returns a handler that changes the answers of a site whose paths have
// a part.
func bendBodies(site http.Handler, part string, bend func(string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, part) {
			site.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(&bendingWriter{ResponseWriter: w, bend: bend}, r)
	})
}

// bendingWriter changes a body that is written at once.
type bendingWriter struct {
	http.ResponseWriter
	bend func(string) string
}

func (w *bendingWriter) WriteHeader(status int) {
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(status)
}

func (w *bendingWriter) Write(p []byte) (int, error) {
	_, err := w.ResponseWriter.Write([]byte(w.bend(string(p))))
	return len(p), err
}
