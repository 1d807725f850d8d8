package issues

import (
	"context"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// similar returns the issues similar to the one of a form. It searches only once
// the form is filled in, so that a form with an error costs no request. A failure
// becomes a note, since the search does not fail a create.
func (c *createTools) similar(ctx context.Context, in createInput, f *form.Form) (list []Similar, note string) {
	list, err := FindSimilar(ctx, c.Env, SimilarQuery{Project: f.Project, Types: []string{f.TypeID}, Summary: in.Summary})
	if err != nil {
		return nil, "The search for similar issues failed: " + kit.ErrorText(err)
	}
	return list, ""
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
