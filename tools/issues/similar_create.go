package issues

import (
	"context"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// similarSearch is the search for issues similar to a new one. It runs beside the
// questions that fill in the form.
type similarSearch struct {
	query SimilarQuery
	done  chan struct{} // nil until it has begun
	list  []Similar     // once done
	err   error
}

// begin starts the search for a project and type, unless it has begun. A nil
// search does nothing. The caller has to call wait.
func (s *similarSearch) begin(ctx context.Context, c *createTools, q SimilarQuery) {
	if s == nil || s.done != nil && s.query.Project == q.Project && slices.Equal(s.query.Types, q.Types) {
		return
	}
	s.wait()
	done := make(chan struct{})
	s.query, s.done = q, done
	go func() {
		defer close(done)
		s.list, s.err = FindSimilar(ctx, c.Env, q)
	}()
}

// wait waits for the end of the search, which takes [similarTimeout] at most.
func (s *similarSearch) wait() {
	if s.done != nil {
		<-s.done
	}
}

// result returns what the search found. A failure becomes a note, since it does
// not fail a create.
func (s *similarSearch) result() (list []Similar, note string) {
	s.wait()
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
	return kit.NothingSent("an issue with the same or nearly the same summary exists already. Comment on it, or set allow_duplicate: true to file this one anyway. Similar issues:\n%s", similarList(list))
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
