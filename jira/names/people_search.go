package names

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// Limits of searches for people.
const (
	fewPeople  = 20
	manyPeople = jira.MaxUsers
)

// findPeople returns the people whom Jira finds for a text: those whose name, or a
// word of it, begins with the text. With a project, they can be assigned there. If
// there are more than a few, it asks for many, unless few is set. all is false if
// there may be more still.
func (n *Names) findPeople(ctx context.Context, project, text string, few bool) (found []jira.User, all bool, err error) {
	limits := []int{fewPeople, manyPeople}
	switch {
	case project != "": // Jira looks through many in any case
		limits = limits[1:]
	case few:
		limits = limits[:1]
	}
	for _, limit := range limits {
		key := [2]string{strings.ToUpper(project), strings.ToLower(text)}
		if project == "" && limit == manyPeople {
			key[0] = " many"
		}
		found, err = n.users.Get(ctx, key, func(ctx context.Context) ([]jira.User, error) {
			if project == "" {
				return n.jira.FindUsers(ctx, text, limit)
			}
			return n.jira.FindAssignable(ctx, project, text, limit)
		})
		found = unique(found, func(u jira.User) string { return u.AccountID })
		if all = len(found) < limit; err != nil || all {
			break
		}
	}
	return found, all, err
}

// unique returns the items of a list, each id once: a list can repeat items.
func unique[T any](list []T, id func(T) string) []T {
	seen := map[string]bool{}
	var out []T
	for _, item := range list {
		if i := id(item); i == "" || !seen[i] {
			seen[i] = true
			out = append(out, item)
		}
	}
	return out
}

// SimilarPeople returns the people whose name is a text, or contains it, apart from
// accents and blanks. It is for texts for which Jira finds nobody. With a project,
// they can be assigned there.
func (n *Names) SimilarPeople(ctx context.Context, project, text string) ([]jira.User, error) {
	return n.similarPeople(ctx, project, text, func(name, text string) bool { return strings.Contains(compact(name), compact(text)) })
}

// similarPeople returns the people whose names match a text, ignoring accents and
// blanks, as fits decides. Jira does not find Jürgen Groß for "Jurgen Gross", nor
// 田中 太郎 for 田中太郎, so the search uses the first word, and then the first
// letter.
func (n *Names) similarPeople(ctx context.Context, project, who string, fits func(name, who string) bool) ([]jira.User, error) {
	first, _, _ := strings.Cut(who, " ")
	for _, text := range []string{first, string([]rune(first)[:1])} {
		if text == who {
			continue
		}
		found, all, err := n.findPeople(ctx, project, text, false)
		if err != nil {
			return nil, err
		}
		if !all { // there may be another of that name
			continue
		}
		found = slices.DeleteFunc(slices.Clone(found), func(u jira.User) bool { return !fits(u.DisplayName, who) })
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// compact returns a name in the form of [Fold], without blanks.
func compact(name string) string { return strings.ReplaceAll(Fold(name), " ", "") }

// isNamed reports whether a text is somebody's name, apart from case and accents.
// In scripts that are written without blanks, the text may leave out those of the
// name: 田中太郎 is 田中 太郎, but Joel is not Joe L.
func isNamed(name, text string) bool {
	return Fold(name) == Fold(text) || isUnspaced(text) && compact(name) == compact(text)
}

// isUnspaced reports whether a text has no blanks and is in a script that is
// written without them.
func isUnspaced(text string) bool {
	return !strings.ContainsFunc(text, unicode.IsSpace) && strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	})
}

// exactPeople returns the people with a name or an e-mail address: employees if
// there are any, and those who spell the name in the same way if some do.
func exactPeople(found []jira.User, who string) []jira.User {
	exact := employees(slices.DeleteFunc(slices.Clone(found), func(u jira.User) bool {
		return !isNamed(u.DisplayName, who) && (u.Email == "" || !strings.EqualFold(u.Email, who))
	}))
	spelt := MatchNames(exact, who, func(u jira.User) []string { return []string{u.DisplayName} }, func(jira.User) string { return "" })
	if len(spelt) > 0 {
		return spelt
	}
	return exact
}

// employees returns the employees among people, or all of them if there are none:
// an app, a customer or a deactivated account does not compete with an employee of
// the same name.
func employees(list []jira.User) []jira.User {
	own := slices.DeleteFunc(slices.Clone(list), func(u jira.User) bool { return !u.IsEmployee() })
	if len(own) > 0 {
		return own
	}
	return list
}

// PersonWithID returns a person's name and account id, and what the person is
// other than an employee: "Ben Okafor (712020:…, deactivated)".
func PersonWithID(u jira.User) string {
	text := u.DisplayName + " (" + u.AccountID
	if kind := u.Kind(); kind != "" {
		text += ", " + kind
	}
	return text + ")"
}

// PeopleWithIDs returns people with their ids, and says which of them is the user
// whom the client acts as: "Ana Silva (712020:…, you)".
func (n *Names) PeopleWithIDs(list []jira.User) []string {
	var out []string
	for _, u := range list {
		text := PersonWithID(u)
		if n.jira.IsCaller(u.AccountID) {
			text = strings.TrimSuffix(text, ")") + ", you)"
		}
		out = append(out, text)
	}
	return out
}

// anyOf joins candidates, as many as an error lists, and the number of the others.
func anyOf(candidates []string, separator string) string {
	text := strings.Join(candidates[:min(len(candidates), maxListed)], separator)
	if n := len(candidates) - maxListed; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}
