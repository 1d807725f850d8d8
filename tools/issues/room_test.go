package issues_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// newCommented returns a server whose issue PAY-9 has comments of these sizes, in
// characters, and no others. A third of them consist of characters that JSON
// escapes, and a third of Japanese.
func newCommented(t *testing.T, sizes []int) *toolstest.Server {
	t.Helper()
	return toolstest.NewWith(t, toolstest.Everything, func(s *store.Site) {
		issue := s.Issue("PAY-9")
		issue.Comments = nil
		for n, size := range sizes {
			word := []string{"plain words ", `"quoted" C:\dir `, "漢字仮名交じり文"}[n%3]
			text := []rune(fmt.Sprintf("Comment %d. %s", n+1, strings.Repeat(word, size/8+1)))
			body, _ := json.Marshal(adf.NewDoc(adf.NewParagraph(adf.NewText(string(text[:max(size, 13)])))))
			at := s.Now().Add(time.Duration(n-len(sizes)) * time.Minute)
			issue.Comments = append(issue.Comments, &store.Comment{ID: s.Serial(), Author: s.Users[n%5], Body: body, Created: at, Updated: at})
		}
	})
}

// same returns a number of equal sizes.
func same(n, size int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = size
	}
	return out
}

// TestCommentsFillTheBudget checks for many numbers and sizes of comments that an
// answer fits the budget, that it uses at least 85 % of it if there are more
// comments, and that its notes lead to all comments, each once or more.
func TestCommentsFillTheBudget(t *testing.T) {
	t.Parallel()
	cases := map[string][]int{"100": same(100, 300), "400": same(400, 280), "800": same(800, 250), "1000": same(1000, 200), "1500 short ones": same(1500, 20),
		"a few long ones": {20_000, 20_000, 20_000}, "none fits alone": {31_000, 100, 31_000, 200}, "a long one late": append(same(30, 300), 30_000, 300)}
	random := rand.New(rand.NewPCG(7, 9))
	for n := range 8 {
		sizes := make([]int, 5+random.IntN(40))
		for i := range sizes {
			sizes[i] = 13 + random.IntN([]int{100, 1_000, 8_000, 30_000}[random.IntN(4)])
		}
		cases[fmt.Sprintf("random %d", n)] = sizes
	}
	for name, sizes := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCommented(t, sizes)
			read := make([]int, len(sizes)+1) // characters, by comment
			for from, textFrom, n := 1, 0, 0; from <= len(sizes); n++ {
				if n > 500 {
					t.Fatal("no end")
				}
				args := fmt.Sprintf(`{"issues":["PAY-9"],"fields":["status"],"include":["comments"],"comments_from":%d}`, from)
				if textFrom > 0 {
					args = fmt.Sprintf(`{"issues":["PAY-9"],"fields":["status"],"comments_from":%d,"text_from":%d}`, from, textFrom)
				}
				text, out := b.Ok("jira_get_issue", args)
				issue := out["issues"].([]any)[0].(map[string]any)
				shown, _ := issue["comments"].([]any)
				for i, c := range shown {
					at := from + i
					if textFrom > 0 && read[at] != textFrom {
						t.Fatalf("%s: comment %d was read up to %d", args, at, read[at])
					}
					read[at] = textFrom + utf8.RuneCountInString(c.(map[string]any)["body"].(string))
				}
				next := from + len(shown)
				if size := checkBudget(t, args, text, out); size < kit.DefaultBudget*85/100 && textFrom == 0 && next <= len(sizes) {
					t.Errorf("%s: only %d characters, though there are more comments (%d shown)", args, size, len(shown))
				}
				var cut, at int
				if i := strings.Index(text, "is cut at character"); i >= 0 {
					if _, err := fmt.Sscanf(text[strings.LastIndex(text[:i], "comment "):], "comment %d is cut at character %d; for the rest: comments_from", &cut, &at); err != nil {
						t.Fatal(err, text[i:])
					}
				}
				if cut > 0 {
					if at != read[cut] || at <= textFrom {
						t.Fatalf("%s: comment %d is cut at %d, though %d characters are shown", args, cut, at, read[cut])
					}
					from, textFrom = cut, at
					continue
				}
				if textFrom = 0; next == from {
					t.Fatalf("%s: no comment is shown", args)
				}
				from = next
			}
			for n, size := range sizes {
				if got := read[n+1]; got < size-20 { // blanks at the end go
					t.Errorf("%d of %d characters of comment %d were shown", got, size, n+1)
				}
			}
		})
	}
}

// checkBudget fails the test if an answer exceeds the budget, and returns its
// size: that of its text or of its structured content, the larger.
func checkBudget(t *testing.T, args, text string, out map[string]any) int {
	t.Helper()
	var data strings.Builder
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		t.Fatal(err)
	}
	n, m := utf8.RuneCountInString(text), utf8.RuneCountInString(strings.TrimSpace(data.String()))
	if n > kit.DefaultBudget || m > kit.DefaultBudget {
		t.Errorf("%s: %d characters of text, %d of structure", args, n, m)
	}
	return max(n, m)
}

// TestAnswersFillTheBudget checks that answers of which something is left out use
// at least 85 % of the budget.
func TestAnswersFillTheBudget(t *testing.T) {
	t.Parallel()
	b := toolstest.NewWith(t, toolstest.Everything, func(s *store.Site) {
		paragraph := strings.Repeat(`All "work" and no play. `, 30)
		for _, key := range []string{"PAY-11", "PAY-12", "PAY-13", "PAY-14", "PAY-15", "PAY-16"} {
			doc := adf.NewDoc()
			for range 12 {
				doc.Content = append(doc.Content, adf.NewParagraph(adf.NewText(paragraph)))
			}
			if key == "PAY-11" {
				doc.Content = append(append(doc.Content, doc.Content...), doc.Content...)
			}
			s.Issue(key).Description, _ = json.Marshal(doc)
		}
		for n := range 60 {
			s.Issue("PAY-9").History = append(s.Issue("PAY-9").History, &store.Change{ID: s.Serial(), Author: s.Users[0], At: s.Now().Add(time.Duration(n-60) * time.Minute),
				Items: []store.Item{{Field: "summary", FieldID: "summary", FieldType: "jira", FromText: paragraph, ToString: paragraph}}})
		}
	})
	for _, c := range []struct{ tool, args, cut string }{
		{"jira_get_issue", `{"issues":["PAY-11"]}`, "description is cut at character"},
		{"jira_get_issue", `{"issues":["PAY-12","PAY-13","PAY-14","PAY-15","PAY-16"]}`, "request them in another call: issues PAY-1"},
		{"jira_get_history", `{"issue":"PAY-9"}`, "more: skip"},
		{"jira_search", `{"jql":"project = PAY ORDER BY key","limit":100,"fields":["summary","description","labels","reporter","created","updated"]}`, "did not fit"},
		{"jira_get_fields", `{"project":"LAB","type":"Task"}`, ""},
	} {
		text, out := b.Ok(c.tool, c.args)
		size := checkBudget(t, c.args, text, out)
		if !strings.Contains(text, c.cut) {
			t.Errorf("%s %s: %q is not said:\n%.300s … %s", c.tool, c.args, c.cut, text, text[max(0, len(text)-300):])
		}
		if c.cut != "" && size < kit.DefaultBudget*85/100 {
			t.Errorf("%s %s: only %d characters", c.tool, c.args, size)
		}
	}
}

// TestCommentToolFillsTheBudget checks that pages of jira_get_comments use the
// budget, that a comment too long for an answer is cut, and that all are shown.
func TestCommentToolFillsTheBudget(t *testing.T) {
	t.Parallel()
	for _, newest := range []bool{false, true} {
		sizes := append(same(60, 900), 31_000, 31_000, 20_000, 20_000, 100)
		b := newCommented(t, sizes)
		seen := map[string]bool{}
		for skip, n := 0, 0; n < 50; n++ {
			args := fmt.Sprintf(`{"issue":"PAY-9","limit":100,"skip":%d,"newest_first":%t}`, skip, newest)
			text, out := b.Ok("jira_get_comments", args)
			size := checkBudget(t, args, text, out)
			for _, c := range out["comments"].([]any) {
				seen[c.(map[string]any)["id"].(string)] = true
			}
			if _, rest, cut := strings.Cut(text, "The comment is cut at character "); cut {
				var at, number, from int
				if _, err := fmt.Sscanf(rest, "%d; for the rest: jira_get_issue with comments_from %d and text_from %d", &at, &number, &from); err != nil {
					t.Fatal(err, rest)
				}
				shown := out["comments"].([]any)[0].(map[string]any)["body"].(string)
				more, _ := b.Ok("jira_get_issue", fmt.Sprintf(`{"issues":["PAY-9"],"fields":["status"],"comments_from":%d,"text_from":%d}`, number, from))
				if utf8.RuneCountInString(shown) != at || from != at || !strings.Contains(more, "Comments (") || strings.Contains(text, "[cut to fit") {
					t.Errorf("%s: %d characters are shown, and the rest is said to begin at %d:\n%.300s", args, utf8.RuneCountInString(shown), from, more)
				}
			}
			next := 0
			if _, err := fmt.Sscan(fmt.Sprint(out["next_skip"]), &next); err != nil { // the last page
				break
			}
			if next <= skip {
				t.Fatalf("no way on from %d", skip)
			}
			if skip = next; size < kit.DefaultBudget*85/100 {
				t.Errorf("%s: only %d characters", args, size)
			}
		}
		if len(seen) != len(sizes) {
			t.Errorf("newest %t: %d of %d comments were shown", newest, len(seen), len(sizes))
		}
	}
}

// TestCommentsThatCannotBeRead checks that an issue is shown although the rest of
// its comments cannot be read, and that the answer says so.
func TestCommentsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := newCommented(t, same(30, 100))
	b.Connect(toolstest.Everything, &toolstest.Faulty{B: b, Next: b.Sandbox, Fault: func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/issue/10009/comment") || strings.HasSuffix(r.URL.Path, "/issue/PAY-9/comment") {
			return http.StatusBadGateway
		}
		return 0
	}})
	for _, args := range []string{`{"issues":["PAY-9"]}`, `{"issues":["PAY-9"],"include":["comments"]}`} {
		text, _ := b.Ok("jira_get_issue", args)
		for _, want := range []string{"# PAY-9", "Comments (none of 30 shown)", "The comments of PAY-9 could not be read: Jira answered 502"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", args, want, text)
			}
		}
	}
}

// TestLargeRestOfAnIssue checks that several issues of which a part cannot be
// trimmed fit the budget: the one that does not fit is left out.
func TestLargeRestOfAnIssue(t *testing.T) {
	t.Parallel()
	b := toolstest.NewWith(t, toolstest.Everything, func(s *store.Site) {
		long, _ := json.Marshal(adf.NewDoc(adf.NewParagraph(adf.NewText(strings.Repeat("All work and no play. ", 900)))))
		s.Issue("PAY-11").Description = long
		body, _ := json.Marshal(adf.NewDoc(adf.NewParagraph(adf.NewText(strings.Repeat("漢字仮名", 150)))))
		other := s.Issue("PAY-14")
		other.Comments = nil
		for range 5 {
			other.Comments = append(other.Comments, &store.Comment{ID: s.Serial(), Author: s.Users[0], Body: body, Created: s.Now(), Updated: s.Now()})
		}
		for n := range 400 {
			other.Labels = append(other.Labels, fmt.Sprintf("label-number-%d", n))
		}
	})
	const args = `{"issues":["PAY-11","PAY-14"]}`
	text, out := b.Ok("jira_get_issue", args)
	checkBudget(t, args, text, out)
	if !strings.Contains(text, "request them in another call: issues PAY-14") {
		t.Errorf("%s … %s", text[:300], text[len(text)-300:])
	}
	// A comment of less than the least that is shown of a text is shown whole.
	text, _ = b.Ok("jira_get_issue", `{"issues":["PAY-14"]}`)
	if strings.Contains(text, "is cut at character") {
		t.Error(text[len(text)-400:])
	}
}
