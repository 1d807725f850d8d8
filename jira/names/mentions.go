package names

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// maxMentions bounds how many names a text may make this look up.
const maxMentions = 10

// mentions turns @Ana Silva in a text into a mention of the one person who is
// called so. It is asked for text alone, not for code. Whom Jira does not
// find, or finds twice, stays plain text: a text is never refused for that.
type mentions struct {
	ctx   context.Context // of the one conversion that this is made for
	names *Names
	asked map[string]bool
}

func (n *Names) mentions(ctx context.Context) *mentions {
	return &mentions{ctx, n, map[string]bool{}}
}

// Mention implements [adf.Resolver].
func (m *mentions) Mention(text string) (accountID, name string, ok bool) {
	words := nameWords(text)
	if len(words) == 0 {
		return "", "", false
	}
	found, all := m.find(words[0])
	if !all && len(words) > 1 { // too common a name
		found, all = m.find(words[0] + " " + words[1])
	}
	if !all {
		return "", "", false
	}
	if len(found) == 0 {
		jira.Warn(m.ctx, fmt.Sprintf("@%s is plain text and mentions nobody: nobody of that name was found.", words[0]))
	}
	several := false
	for _, u := range found {
		n := len(u.DisplayName)
		switch {
		case !u.Active, n == 0, len(text) < n, !strings.EqualFold(text[:n], u.DisplayName), goesOn(text[n:]), n < len(name):
		case n == len(name):
			several = several || u.AccountID != accountID
		default:
			accountID, name, several = u.AccountID, text[:n], false
		}
	}
	if accountID == "" || several || m.longer(name, text) {
		return "", "", false
	}
	return accountID, name, true
}

// longer reports whether a capital word behind a name belongs to the name of
// somebody else: @Ana Silva Costa is not Ana Silva where there is one.
func (m *mentions) longer(name, text string) bool {
	rest, ok := strings.CutPrefix(text[len(name):], " ")
	next := nameWords(rest)
	if !ok || len(next) == 0 || !unicode.IsUpper(firstRune(next[0])) {
		return false
	}
	found, _ := m.find(name + " " + next[0])
	return len(found) > 0
}

// find looks people up, each beginning of a name once; all is false where
// there are more, or where it is not known.
func (m *mentions) find(name string) (found []jira.User, all bool) {
	const most = 20
	name = strings.ToLower(name)
	if !m.asked[name] && len(m.asked) >= maxMentions {
		return nil, false
	}
	m.asked[name] = true
	found, err := m.names.users.Get(m.ctx, [2]string{"", name}, func(ctx context.Context) ([]jira.User, error) {
		return m.names.jira.FindUsers(ctx, name, most)
	})
	if err != nil {
		text := fmt.Sprintf("Names behind @ may be plain text and mention nobody, since people could not be looked up: %v", err)
		if e := (*jira.Error)(nil); errors.As(err, &e) {
			text = strings.TrimSuffix(text, ".") + ". " + e.Hint()
		}
		jira.Warn(m.ctx, text)
	}
	return found, err == nil && len(found) < most
}

// nameWords are the first two words of a text, as names have them.
func nameWords(text string) []string {
	var out []string
	for len(out) < 2 {
		end := strings.IndexFunc(text, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-'’.", r)
		})
		if end < 0 {
			end = len(text)
		}
		if word := strings.TrimRight(text[:end], ".'’-"); word != "" {
			out = append(out, word)
		}
		rest, ok := strings.CutPrefix(text[end:], " ")
		if !ok || end == 0 {
			break
		}
		text = rest
	}
	return out
}

// goesOn reports whether a word goes on, over a hyphen or an apostrophe too.
func goesOn(rest string) bool {
	r := firstRune(rest)
	if strings.ContainsRune("-'’", r) && rest != "" {
		r = firstRune(rest[utf8.RuneLen(r):])
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// Attachment implements [adf.Resolver]. The REST API does not tell the media
// id of an attachment, which is another than the attachment's own.
func (m *mentions) Attachment(string) (mediaID string, ok bool) { return "", false }
