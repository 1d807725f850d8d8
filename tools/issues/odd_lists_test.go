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

// TestLongCommentWithoutTotal checks that a long comment does not hide those behind
// it, whether Jira says how many there are or not.
func TestLongCommentWithoutTotal(t *testing.T) {
	t.Parallel()
	sizes := append([]int{30_000}, same(29, 50)...)
	for total, heading := range map[string]string{`"total":30`: "Comments (1–1 of 30)", `"total":null`: "Comments (1–1 of at least 2"} {
		b := newCommented(t, sizes)
		b.Connect(toolstest.Everything, bendBodies(b.Sandbox, "/issue/PAY-9", func(body string) string { return strings.ReplaceAll(body, `"total":30`, total) }))
		text, _ := b.Ok("jira_get_issue", `{"issues":["PAY-9"],"fields":["status"],"include":["comments"]}`)
		if !strings.Contains(text, heading) || !strings.Contains(text, "comments from 2 on did not fit; to read them: comments_from 2") {
			t.Errorf("%s: %s … %s", total, text[:200], text[len(text)-250:])
		}
		text, _ = b.Ok("jira_get_issue", `{"issues":["PAY-9"],"fields":["status"],"comments_from":5000}`)
		if strings.Contains(text, "4999") {
			t.Error(text)
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
