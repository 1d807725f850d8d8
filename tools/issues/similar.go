package issues

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// Limits of the search for similar issues.
const (
	maxSimilar     = 5    // issues in the answer
	maxQueryWords  = 8    // words of a summary in the query
	maxClauses     = 40   // clauses of the query
	maxCandidates  = 50   // issues that are compared
	minSimilarity  = 0.45 // least similarity of two summaries
	sameSimilarity = 0.9  // from here on, two summaries say the same
	similarTimeout = 10 * time.Second
)

// Similar is an issue that may be about the same as a new one.
type Similar struct {
	IssueRef
	// Same reports that its summary says the same as the new one: see [saysSame].
	Same bool `json:"same,omitempty"`
}

// SimilarQuery selects the issues to compare with a new one.
type SimilarQuery struct {
	Project string
	Types   []string // ids; none for all
	Summary string
}

// FindSimilar returns at most five issues that may be about the same as a new
// one, the most similar first. It compares issues of the project and types that
// are open or were closed in the last 30 days. Their summaries, descriptions or
// comments contain two of the first words of the new summary, in any form.
//
// For example, "Portal shows blank page when refunding an order older than 90
// days" finds "Refund over the 90-day limit ends in a blank page".
func FindSimilar(ctx context.Context, d env.Env, q SimilarQuery) ([]Similar, error) {
	found, err := similarCandidates(ctx, d, q.Project, q.Types, []string{q.Summary})
	if err != nil {
		return nil, err
	}
	return rankSimilar(found, q), nil
}

// similarCandidates returns the issues that contain two of the words of one of
// the summaries, the newest first.
func similarCandidates(ctx context.Context, d env.Env, project string, types, summaries []string) ([]jira.Issue, error) {
	ctx, cancel := context.WithTimeout(ctx, similarTimeout)
	defer cancel()
	var clauses []string
	for _, summary := range summaries {
		words := queryWords(summary)
		clauses = append(clauses, textClauses(words[:min(len(words), max(2, maxQueryWords/len(summaries)))])...)
	}
	clauses = names.Unique(clauses)
	if len(clauses) == 0 {
		return nil, nil
	}
	ofType := ""
	if len(types) > 0 {
		var quoted []string
		for _, t := range types {
			quoted = append(quoted, jql.Quote(t))
		}
		ofType = " AND issuetype in (" + strings.Join(quoted, ", ") + ")"
	}
	query := fmt.Sprintf("project = %s%s AND (statusCategory != Done OR statusCategoryChangedDate >= -30d) AND (%s) ORDER BY created DESC",
		jql.Quote(project), ofType, strings.Join(clauses[:min(len(clauses), maxClauses)], " OR "))
	page, err := d.Jira.SearchPage(ctx, jira.Search{JQL: query, Fields: []string{"summary", "status", "description"}, Limit: maxCandidates})
	if page.Next != "" {
		jira.Warn(ctx, fmt.Sprintf("Only the %d newest issues with these words were compared in the search for similar issues.", maxCandidates))
	}
	return page.Issues, err
}

// textClauses returns the clauses that find texts with two of the words, or with
// the only one: Jira requires all words of one clause. Texts with one word in
// common are not similar, and on a large site they would fill the page.
func textClauses(words []string) []string {
	if len(words) == 1 {
		return []string{"text ~ " + jql.Quote(words[0])}
	}
	var out []string
	for n, first := range words {
		for _, second := range words[n+1:] {
			out = append(out, "text ~ "+jql.Quote(first+" "+second))
		}
	}
	return out
}

// rankSimilar returns the candidates that are similar to the summary of a query.
func rankSimilar(candidates []jira.Issue, q SimilarQuery) []Similar {
	type scored struct {
		Similar
		score float64
	}
	own := stems(q.Summary)
	var list []scored
	for _, i := range candidates {
		ref := newIssueRef(i)
		score := similarity(own, stems(ref.Summary))
		same := saysSame(q.Summary, ref.Summary)
		if doc := names.DecodeRichText(i.Fields["description"]); doc != nil && !same {
			score = max(score, coverage(own, stems(ref.Summary+" "+adf.PlainText(doc)))-0.3)
		}
		if same || score >= minSimilarity {
			list = append(list, scored{Similar{*ref, same}, score})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int {
		if a.Same != b.Same {
			return map[bool]int{true: -1, false: 1}[a.Same]
		}
		return cmp.Compare(b.score, a.score)
	})
	var out []Similar
	for _, s := range list[:min(len(list), maxSimilar)] {
		out = append(out, s.Similar)
	}
	return out
}

// similarList returns a list of similar issues as Markdown, without a heading.
func similarList(list []Similar) string {
	var lines []string
	for _, s := range list {
		lines = append(lines, s.String())
	}
	return strings.Join(lines, "\n")
}

// stopWords returns frequent English words that do not show the topic of an
// issue.
func stopWords() []string {
	return []string{"a", "an", "and", "after", "all", "are", "as", "at", "be", "been", "before", "but", "by", "can", "cannot", "could", "do", "does", "don",
		"for", "from", "had", "has", "have", "if", "in", "into", "is", "isn", "it", "its", "no", "not", "of", "on", "or", "our", "should", "so", "some",
		"than", "that", "the", "their", "then", "there", "this", "to", "was", "we", "were", "when", "which", "while", "who", "will", "with", "would", "you", "your"}
}

// significantWords returns the distinct words of a text in lower case that show
// its topic: numbers, and words of three letters or more that are not frequent.
// A text without such words has all of its words.
func significantWords(text string) []string {
	var all, out []string
	stop := stopWords()
	for _, w := range strings.Fields(names.PlainWords(strings.ToLower(text))) {
		all = append(all, w)
		if r := []rune(w); (len(r) > 2 || unicode.IsDigit(r[0]) || r[0] > unicode.MaxLatin1) && !slices.Contains(stop, w) {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		out = all
	}
	return names.Unique(out)
}

// stems returns the stems of the significant words of a text, without repeats.
func stems(text string) []string {
	var out []string
	for _, w := range significantWords(text) {
		out = append(out, stem(w))
	}
	return names.Unique(out)
}

// queryWords returns the significant words of a summary for Jira's text search:
// the stem with a wildcard where it is shorter than the word. A stem is a
// beginning of its word, so that "refund*" finds refund, refunds and refunding
// whatever language the site's index is in.
func queryWords(summary string) []string {
	var out []string
	for _, w := range significantWords(summary) {
		switch s := stem(w); {
		case len([]rune(s)) > 3:
			w = s + "*"
		case s != w && strings.HasSuffix(w, "s"):
			w = strings.TrimSuffix(w, "s") + "*"
		}
		out = append(out, w)
	}
	return names.Unique(out)
}

// endings are the endings that stem removes, the longest first.
func endings() []string {
	return []string{"ations", "ation", "ments", "ment", "ingly", "edly", "ings", "ing", "ies", "ers", "ed", "es", "er", "ly", "s", "y", "e"}
}

// stem removes the ending of an English word: "refunding" and "refunds" become
// "refund". The rest has three letters at least and is a beginning of the word,
// unlike that of Porter's algorithm, which Jira's wildcards would not find.
func stem(word string) string {
	for _, r := range word {
		if r > unicode.MaxLatin1 || unicode.IsDigit(r) {
			return word
		}
	}
	for _, ending := range endings() {
		rest, ok := strings.CutSuffix(word, ending)
		if !ok || len([]rune(rest)) < 3 || strings.HasSuffix(word, "ss") {
			continue
		}
		if n := len(rest); n > 3 && rest[n-1] == rest[n-2] && strings.IndexByte("aeiousl", rest[n-1]) < 0 {
			rest = rest[:n-1] // stopping: stop
		}
		return rest
	}
	return word
}

// summaryWords returns the words of a summary in lower case, without endings,
// punctuation around them and frequent words, to see whether two summaries say the
// same. Words that turn the meaning around stay, as do short ones, versions and
// signs: "API v1" and "API v2", "C build" and "C# build", "can" and "cannot" are
// different work.
func summaryWords(s string) []string {
	stop := slices.DeleteFunc(stopWords(), turnsMeaning)
	var out []string
	text := strings.NewReplacer("-", " ", "_", " ", "/", " ", "’", "'").Replace(strings.ToLower(s))
	for _, w := range strings.Fields(text) {
		w = strings.Trim(w, ".,;:!?\"'()[]{}“”„«»…*`")
		if w != "" && !slices.Contains(stop, w) {
			out = append(out, stem(w))
		}
	}
	return out
}

// turnsMeaning reports whether a frequent word turns the meaning of a sentence
// around.
func turnsMeaning(w string) bool {
	return slices.Contains([]string{"no", "not", "cannot", "isn", "don", "before", "after"}, w) || strings.HasSuffix(w, "n't")
}

// saysSame reports whether two summaries say the same: the words of summaryWords
// are the same, or so many of them that their similarity is 0.9 at least. A word
// with a digit, a short word or one that turns the meaning makes a difference by
// itself, and numbers have to come in the same order.
func saysSame(a, b string) bool {
	own, other := summaryWords(a), summaryWords(b)
	if len(own) == 0 || len(other) == 0 {
		return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
	}
	hasDigit := func(w string) bool { return strings.ContainsFunc(w, unicode.IsDigit) }
	isDecisive := func(w string) bool { return hasDigit(w) || len([]rune(w)) < 3 || turnsMeaning(w) }
	numbers := func(words []string) []string {
		return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !hasDigit(w) })
	}
	differs := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(w string) bool { return isDecisive(w) && !slices.Contains(b, w) })
	}
	if differs(own, other) || differs(other, own) || !slices.Equal(numbers(own), numbers(other)) {
		return false
	}
	own, other = names.Unique(own), names.Unique(other)
	return slices.Equal(own, other) || 2*float64(common(own, other)) >= sameSimilarity*float64(len(own)+len(other))
}

// common returns the number of words of a that b has as well.
func common(a, b []string) int {
	n := 0
	for _, w := range a {
		if slices.Contains(b, w) {
			n++
		}
	}
	return n
}

// similarity returns how much two lists of words have in common, from 0 to 1:
// twice the number of common words, divided by the length of both lists. One word
// in common counts only if there are no others.
func similarity(a, b []string) float64 {
	n := common(a, b)
	if n == 0 || n == 1 && max(len(a), len(b)) > 1 {
		return 0
	}
	return 2 * float64(n) / float64(len(a)+len(b))
}

// coverage returns the share of the words of a that b has as well. A short list
// has none, since it is covered by any long text.
func coverage(a, b []string) float64 {
	if len(a) < 4 {
		return 0
	}
	return float64(common(a, b)) / float64(len(a))
}
