package tools_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools/internal/damage"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// mutationCall is one call of a tool, prompt or resource.
type mutationCall struct {
	name, args string
	isWrite    bool
}

// mutationResult is the result of a call: what the caller gets, and the writes
// that Jira made.
type mutationResult struct {
	text    string
	isError bool
	writes  string
	took    time.Duration
	seen    []damage.Exchange
	struck  bool
}

// promptCalls and resourceCalls are calls of every prompt and resource.
var (
	promptCalls = map[string]map[string]string{
		"file_bug": {"project": "PAY", "description": "The refund is sent twice"}, "sprint_summary": {"project": "PAY"}, "daily_standup": {"project": "PAY"},
		"draft_comment": {"issue": "PAY-1"}, "triage_backlog": {"project": "PAY"}, "refine_story": {"issue": "PAY-12"},
		"release_notes": {"project": "PAY", "version": "next"}, "weekly_status": {"project": "PAY"},
	}
	resourceCalls = []string{"jira://issue/PAY-1", "jira://project/PAY", "jira://board/1/sprint/current", "jira://filter/10001", "jira://attachment/FILE"}
)

// mutationCalls returns the calls that the test damages.
func mutationCalls(b *toolstest.Server) []mutationCall {
	var out []mutationCall
	for _, tool := range b.Tools.Tools {
		for _, args := range branchCalls[tool.Name] {
			out = append(out, mutationCall{tool.Name, args, tool.Effect.Writes()})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(promptCalls)) {
		out = append(out, mutationCall{name: "prompt " + name})
	}
	for _, uri := range resourceCalls {
		out = append(out, mutationCall{name: "resource " + uri})
	}
	return out
}

// run makes a call on a new server, whose Jira has a damage. Calls that write have a
// Jira of their own, and others share one.
func (c mutationCall) run(t *testing.T, shared *sandbox.Sandbox, d *damage.Damage) mutationResult {
	if c.isWrite {
		shared = toolstest.NewBranchSandbox(t)
	}
	b, proxy := toolstest.NewDamaged(t, shared, d)
	began := time.Now()
	ctx, cancel := context.WithTimeout(kit.WithConfirmed(t.Context()), 20*time.Second)
	defer cancel()
	var r mutationResult
	name, isPrompt := strings.CutPrefix(c.name, "prompt ")
	uri, isResource := strings.CutPrefix(c.name, "resource ")
	switch {
	case isPrompt:
		text, err := b.Prompt(ctx, name, promptCalls[name])
		r.text, r.isError = text+errorText(err), err != nil
	case isResource:
		uri = strings.ReplaceAll(uri, "FILE", b.Sandbox.Site().Issue("PAY-9").Attachments[0].ID)
		_, text, data, err := b.Resource(ctx, uri)
		r.text, r.isError = text+string(data)+errorText(err), err != nil
	default:
		tool, _ := b.Tools.Tool(c.name)
		res := b.Tools.Runner.Call(ctx, tool, toolstest.CallRequest(c.name, fillBranchIDs(b, c.args)))
		r.text, r.isError = toolstest.ResultText(res), res.IsError
	}
	r.took = time.Since(began)
	r.text = toolstest.RandomParts.ReplaceAllString(r.text, "$1 …")
	r.seen, r.struck = proxy.Seen(), proxy.HasStruck()
	r.writes = writesOf(r.seen)
	return r
}

// errorText returns the text of an error; "" for nil.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// readsByPost are the reads that are sent as POST.
var readsByPost = regexp.MustCompile(`/search/|/bulkfetch|/permissions/check|/approximate-count`)

// formBoundary matches the separators of an uploaded form, which are random.
var formBoundary = regexp.MustCompile(`--[0-9a-f]{40,}`)

// writesOf returns the writes that Jira made, sorted, as one text.
func writesOf(seen []damage.Exchange) string {
	var out []string
	for _, e := range seen {
		if e.Method != "GET" && !readsByPost.MatchString(e.Operation) && e.Status < 300 {
			out = append(out, e.Method+" "+e.Path+" "+formBoundary.ReplaceAllString(e.Sent, ""))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// Classes of results.
const (
	unaffected   = "unaffected"
	reported     = "reported"
	incomplete   = "marked"
	unmarked     = "unmarked wrong answer"
	wrongSuccess = "wrong success"
	wrongFailure = "wrong failure"
	leak         = "leak"
	emptyName    = "empty key"
	hang         = "hang"
)

var (
	// marks are words with which an answer says that it is not complete or not
	// certain.
	marks = regexp.MustCompile(`(?i)could not|cannot|lacks?\b|incomplete|may be|not shown|not known|unknown|not readable|unreadable|failed|missing|Jira answered|Jira returned|not complete|left out|no answer|check before|check the result|not confirmed|at least|has no |does not say|not told|withheld|not counted|unclear|contradict|differ|not accepted|does not|not found|unavailable|was lost|were not used|mentions nobody|may have been done|became a link|more than|none of|More children|not confirmed|Jira reports|not visible|uncertain|not shown`)
	// emptyNames are places for a key or an id that is missing.
	emptyNames = regexp.MustCompile(`"(task|issue|key|board|sprint)": ?""|\[""\]|/browse/(\s|$)|  https://`)
	// goErrors are parts of error texts of Go's packages and of mcp-go.
	goErrors = regexp.MustCompile(`strconv\.|json: |jsontext: |invalid character|cannot unmarshal|unexpected EOF|unexpected end of|reflect[.:]|mcp-go|runtime error|nil pointer|\*errors|\*http|net/http|EOF$`)
)

// classify compares a result with the one without damage.
func classify(want, got mutationResult) string {
	switch {
	case got.took > 10*time.Second:
		return hang
	case strings.Contains(got.text, sandbox.ClassicToken) || goErrors.MatchString(got.text) && !goErrors.MatchString(want.text):
		return leak
	case emptyNames.MatchString(got.text) && !emptyNames.MatchString(want.text):
		return emptyName
	case got.isError && got.writes != "" && strings.Contains(got.text, "Nothing was"):
		return wrongFailure
	case got.isError:
		return reported
	case got.text == want.text && got.writes == want.writes:
		return unaffected
	case marks.MatchString(addedLines(want.text, got.text)):
		return incomplete
	case got.writes != want.writes:
		return wrongSuccess
	}
	return unmarked
}

// addedLines returns the lines of b that a does not have.
func addedLines(a, b string) string {
	known := map[string]bool{}
	for line := range strings.Lines(a) {
		known[strings.TrimSpace(line)] = true
	}
	var out []string
	for line := range strings.Lines(b) {
		if !known[strings.TrimSpace(line)] {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// TestMutations damages the answers of Jira and checks what callers get: an error,
// an answer that says what is missing, or the right one. MUTATIONS is the number
// of calls, SEED another plan; make mutate makes 50,000 calls.
func TestMutations(t *testing.T) {
	toolstest.SkipWhenShort(t)
	total, seed := 2000, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("MUTATIONS")); err == nil {
		total = n
	}
	if n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed = n
	}
	shared := toolstest.NewBranchSandbox(t)
	plain, _ := toolstest.NewDamaged(t, shared, nil)
	calls := mutationCalls(plain)
	each := max(1, (total+len(calls)-1)/len(calls))
	counts := map[string]int{}
	var mu sync.Mutex
	t.Run("calls", func(t *testing.T) {
		for n, c := range calls {
			t.Run(fmt.Sprintf("%d %s", n, c.name), func(t *testing.T) {
				t.Parallel()
				want := c.run(t, shared, nil)
				random := rand.New(rand.NewPCG(seed, uint64(n))) //nolint:gosec // a plan that can be repeated
				for _, d := range damage.Plan(random, want.seen, each) {
					t.Run("", func(t *testing.T) {
						got := c.run(t, shared, &d)
						class := classify(want, got)
						mu.Lock()
						counts[class]++
						mu.Unlock()
						if slices.Contains([]string{leak, hang, emptyName, wrongSuccess, wrongFailure, unmarked}, class) && !isAccepted(d) {
							t.Errorf("%s: %s %s\n  %s\n%s\nwrites: %s", class, c.name, c.args, d, shownDifference(want.text, got.text), addedLines(want.writes, got.writes))
						}
					})
				}
			})
		}
	})
	t.Logf("%d calls, %v", len(calls)*each, counts)
}

// shownDifference returns the lines in which two texts differ, shortened.
func shownDifference(want, got string) string {
	short := func(s string) string { return strings.TrimSpace(s[:min(len(s), 600)]) }
	return "- " + short(addedLines(got, want)) + "\n+ " + short(addedLines(want, got))
}

// acceptedDamage is a kind of damage that nothing in the answers can reveal, so that a
// wrong answer is accepted, with the reason.
type acceptedDamage struct {
	operation, kind, path string // regular expressions
	reason                string
}

// uncounted are the operations whose answer has a list without the number of its
// elements.
const uncounted = `/search/jql$|/issueLinkType$|/components$|/versions$|/suggestions$|/user/|/rest/api/3/(status|field)$|/statuses$|/backlog$|/sprint/\{sprintId\}/issue$|/transitions$|/remotelink$|/bulkfetch$|/permissions/check$|/configuration$|/autocompletedata$`

// acceptedDamages are all of them.
var acceptedDamages = []acceptedDamage{
	{uncounted, `^(drop|empty)$`, `(^|/)(\d+|[a-zA-Z]+s)$`, "an element of a list is missing, and Jira reports no number of the elements"},
	{`/user/|/components$|/versions$|/remotelink$`, `^body$`, `^\[\]$`, "a site may have none of a thing"},
	{`/myself$`, `^(drop|null)$`, `^/timeZone$`, "the time zone of a user may be absent; times then come with the offset of UTC"},
	{`/attachment/content/`, `^body$`, `^("ok"|null)$`, "the body has the size and the type of the file"},
	{`^PUT .*/issue/\{issueIdOrKey\}$`, `^(status|null)$`, `^(204|/fields)$`, "the issue is read afterwards, and that answer is right"},
	{`/sprint/|/sprint$`, `^(drop|null)$`, `/(startDate|endDate|goal|completeDate|originBoardId)$`, "a sprint may have no dates, no goal and no board"},
	{`/board/\{boardId\}/sprint$`, `^(drop|empty)$`, `^/values(/\d+)?$`, "Jira reports no number of the sprints"},
	{`/board$|/board/\{boardId\}$`, `^(drop|null|empty|type)$`, `/location`, "a board may have no project"},
	{`/user/|/myself$`, `^(drop|null)$`, `/emailAddress$`, "people may hide their e-mail address"},
	{`/versions$`, `^(drop|null)$`, `/releaseDate$`, "a version may have no date"},
	{`/rest/api/3/field$`, `^status$`, `^(401|403|404)$`, "a token without the scope for fields gets this answer, and the sprint of a new issue is not shown"},
	{`/changelog$|/comment$`, `^(drop|null)$`, `/displayName$`, "a user without a name is shown by the account id"},
	{`/user/`, `^(drop|null)$`, `/displayName$`, "a user without a name is shown by the account id"},
	{`/issue/\{issueIdOrKey\}$`, `^(empty|drop)$`, `^/transitions(/\d+)?$`, "the caller may be allowed no transition"},
	{`/statuses$`, `^(null|drop|empty|type)$`, `/statusCategory`, "the documents' example has no category; none is shown then"},
	{`/bulkfetch$|/search/jql$`, `^(type|drop|null|empty)$`, `/names(/|$)`, "a field without a name is shown by its id"},
	{`^DELETE .*/votes$`, `^status$`, `^204$`, "the answer to a write says that it was done"},
	{`/changelog$`, `^(duplicate|drop)$`, `/items/\d+$`, "a change may have any number of items"},
	{`/changelog/bulkfetch$`, `^(duplicate|drop)$`, `/items/\d+$`, "a change may have any number of items"},
	{`/myself$`, ``, ``, "a preview names everybody who may be notified, and then also the caller"},
	{`/filter/search$`, `^(drop|null)$`, `/jql$`, "a filter may have no query"},
	{`/permissions/check$`, `^(null|type)$`, `/projects/\d+$`, "a project in which the permission is not granted is not in the list"},
	{`/comment$`, `^drop$`, `^/comments/\d+$`, "a page may have fewer comments than the request asks for"},
	{`/comment/\{id\}$`, `^(drop|empty|null|type|duplicate)$`, `^/body/content`, "a comment may have any document"},
	{`/changelog$|/changelog/bulkfetch$|/comment$`, `^(drop|null)$`, `/author`, "the account of an author may be gone"},
	{`/issue/\{issueIdOrKey\}$`, `^(drop|null)$`, `^/transitions/\d+/(hasScreen|isGlobal|isLooped|fields)`, "a transition may have no screen"},
	{`/filter/search$`, `^(drop|empty)$`, `^/values(/\d+)?$`, "a page may have fewer filters than the request asks for"},
	{`/project/search$`, `^(drop|null)$`, `/projectTypeKey$|/style$`, "a project is shown without its kind"},
	{`/issuetypes/`, `^(drop|null|empty|type)$`, `^/fields/\d+/(schema|allowedValues|operations|required|hasDefaultValue)`, "the form of a field may be unknown"},
	{`/comment$`, `^paging$`, `^/total`, "only the last page would show it"},
	{`/comment/\{id\}$`, `^(drop|null|empty)$`, `/author`, "a comment may have no author"},
	{`/issue/\{issueIdOrKey\}$|/search/jql$|/sprint/\{sprintId\}/issue$|/backlog$|/bulkfetch$`, `^(type|null|drop|empty|duplicate)$`, `/fields(/(customfield_\d+|labels|issuelinks|timetracking|watches|resolutiondate|duedate|project/.*|issuelinks/\d+/type/name))?`, "the values of these fields may be absent, and have any form"},
	{`/issue/\{issueIdOrKey\}$`, `^(drop|empty|null|type)$`, `^/editmeta/fields(/[^/]+(/(required|hasDefaultValue|allowedValues|schema|operations)(/.*)?)?)?$`, "a screen may lack any field, and without the permission to edit it has none"},
	{`/issue/\{issueIdOrKey\}$`, `^(drop|null|type)$`, `^/fields/project/projectTypeKey$`, "the answer covers both kinds of projects"},
	{`/issue/\{issueIdOrKey\}$`, `^(type|drop|null)$`, `^/names/`, "a field without a name is shown by its id"},
}

// isAccepted reports whether a damage cannot be noticed.
func isAccepted(d damage.Damage) bool {
	return slices.ContainsFunc(acceptedDamages, func(a acceptedDamage) bool {
		return regexp.MustCompile(a.operation).MatchString(d.Operation) && regexp.MustCompile(a.kind).MatchString(string(d.Kind)) && regexp.MustCompile(a.path).MatchString(d.Path+d.Text)
	})
}
