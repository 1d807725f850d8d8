package issues

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// similarSearch is a search that runs while a form is filled in.
type similarSearch struct {
	query  SimilarQuery
	cancel context.CancelFunc
	done   chan struct{}
	list   []Similar // once done
	err    error
}

// startSimilar begins the search for issues similar to the one of a call. It
// takes project and type as they are given: JQL reads names, keys and ids. The
// caller has to call stop.
func (c *createTools) startSimilar(ctx context.Context, in createInput) *similarSearch {
	ctx, cancel := context.WithCancel(ctx)
	s := &similarSearch{query: SimilarQuery{Project: strings.TrimSpace(in.Project), Types: []string{strings.TrimSpace(in.Type)}, Summary: in.Summary}, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.list, s.err = FindSimilar(ctx, c.Env, s.query)
	}()
	return s
}

// stop ends the search if it still runs, and waits for its end.
func (s *similarSearch) stop() {
	s.cancel()
	<-s.done
}

// result waits for the search. If it failed, or found issues of another project
// than the name turned out to mean, it searches once more with the form's project
// and type, unless its time was up. A failure becomes a note, since the search does
// not fail a create.
func (s *similarSearch) result(ctx context.Context, c *createTools, f *form.Form) (list []Similar, note string) {
	<-s.done
	isElsewhere := slices.ContainsFunc(s.list, func(one Similar) bool { return !strings.HasPrefix(one.Key, f.Project+"-") })
	if s.err != nil && !errors.Is(s.err, context.DeadlineExceeded) || isElsewhere {
		s.query.Project, s.query.Types = f.Project, []string{f.TypeID}
		s.list, s.err = FindSimilar(ctx, c.Env, s.query)
	}
	if s.err != nil {
		return nil, "The search for similar issues failed: " + kit.ErrorText(s.err)
	}
	return s.list, ""
}

// checkSame returns an error if one of the similar issues says the same as the new
// one, unless the caller wants a duplicate.
func checkSame(list []Similar, in createInput) error {
	if len(list) == 0 || !list[0].Same || in.AllowDuplicate {
		return nil
	}
	return kit.NothingSent("an issue that says the same exists already. Comment on it, or set allow_duplicate: true to file this one anyway. Similar issues:\n%s", similarList(list))
}

// similarToMany adds to each issue of a call the similar ones among the results of
// one search for all of them. The search is not repeated for each project or
// type, and nothing is refused: the output lists what was found.
func (c *createTools) similarToMany(ctx context.Context, project string, tree []*node, out *createManyOutput) {
	var types, summaries []string
	for _, p := range tree {
		types, summaries = append(types, p.form.TypeID), append(summaries, p.in.Summary)
	}
	found, err := similarCandidates(ctx, c.Env, project, names.Unique(types), summaries)
	if err != nil {
		out.Notes = append(out.Notes, "The search for similar issues failed: "+kit.ErrorText(err))
		return
	}
	own := map[string]bool{}
	for _, p := range tree {
		own[p.out.Key] = true
	}
	found = slices.DeleteFunc(found, func(i jira.Issue) bool { return own[i.Key] })
	for _, p := range tree {
		if p.out.Error == "" {
			p.out.Similar = rankSimilar(found, SimilarQuery{Summary: p.in.Summary})
		}
	}
}
