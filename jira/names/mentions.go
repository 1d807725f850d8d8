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

// maxMentions is the greatest number of different names that one text may look
// up.
const maxMentions = 10

// mentionResolver resolves @Ana Silva in a text to a mention of the person with
// that name. The parser calls it for plain text only, not for code. A name that
// Jira does not find, or finds more than once, stays plain text: a text is
// never rejected because of that.
type mentionResolver struct {
	ctx     context.Context // belongs to the one conversion that this value serves
	names   *Names
	lookups map[string]bool // lower-case names that were looked up
}

// mentionResolver returns a resolver for one conversion.
func (n *Names) mentionResolver(ctx context.Context) *mentionResolver {
	return &mentionResolver{ctx, n, map[string]bool{}}
}

// Mention implements [adf.Resolver]. text is the text behind an @. The end of a
// name is not marked, so the people whom Jira finds decide it:
//
//  1. Look up the first word, or the first two if there are too many people.
//  2. Take the longest display name of an active person with which the text
//     begins, up to the end of a word. "Ana Silva will know" gives Ana Silva,
//     not Ana.
//  3. Give up if two people have that name, or if the next word could belong to
//     a longer name (see isLongerName).
func (m *mentionResolver) Mention(text string) (accountID, name string, ok bool) {
	words := nameWords(text)
	if len(words) == 0 {
		return "", "", false
	}
	found, all := m.findUsers(words[0])
	if !all && len(words) > 1 { // the first word alone is too common
		found, all = m.findUsers(words[0] + " " + words[1])
	}
	if !all {
		return "", "", false
	}
	if len(found) == 0 {
		jira.Warn(m.ctx, fmt.Sprintf("@%s is plain text and mentions nobody: no user of that name was found.", words[0]))
	}
	several := false
	for _, u := range found {
		n := len(u.DisplayName)
		switch {
		case !u.Active, n == 0, len(text) < n, !strings.EqualFold(text[:n], u.DisplayName), wordContinues(text[n:]), n < len(name):
		case n == len(name):
			several = several || u.AccountID != accountID
		default:
			accountID, name, several = u.AccountID, text[:n], false
		}
	}
	if accountID == "" || several || m.isLongerName(name, text) {
		return "", "", false
	}
	return accountID, name, true
}

// isLongerName reports whether a capitalised word behind a name belongs to the
// longer name of somebody else, or may do so because that could not be looked
// up. If there is an Ana Silva Costa, "@Ana Silva Costa" does not mention Ana
// Silva.
func (m *mentionResolver) isLongerName(name, text string) bool {
	rest, ok := strings.CutPrefix(text[len(name):], " ")
	next := nameWords(rest)
	if !ok || len(next) == 0 || !unicode.IsUpper(firstRune(next[0])) {
		return false
	}
	found, all := m.findUsers(name + " " + next[0])
	return len(found) > 0 || !all
}

// findUsers returns the people whose name matches, from the cache if possible.
// all is false if there may be more of them, if the lookup fails, or if the
// text has used up its lookups.
func (m *mentionResolver) findUsers(name string) (found []jira.User, all bool) {
	const most = 20
	name = strings.ToLower(name)
	if !m.lookups[name] && len(m.lookups) >= maxMentions {
		return nil, false
	}
	m.lookups[name] = true
	found, err := m.names.users.Get(m.ctx, [2]string{"", name}, func(ctx context.Context) ([]jira.User, error) {
		return m.names.jira.FindUsers(ctx, name, most)
	})
	if err != nil {
		text := fmt.Sprintf("Names after @ may be plain text and mention nobody, since users could not be looked up: %v", err)
		if e := (*jira.Error)(nil); errors.As(err, &e) {
			text = strings.TrimSuffix(text, ".") + ". " + e.Hint()
		}
		jira.Warn(m.ctx, text)
	}
	return found, err == nil && len(found) < most
}

// nameWords returns the first two words of a text, with the characters that
// names can contain. Dots, hyphens and apostrophes at the end do not belong to
// a word.
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

// wordContinues reports whether the text continues the word before it, also
// after a hyphen or an apostrophe: "Ana" is not a whole name in "Ana-Maria".
func wordContinues(rest string) bool {
	r := firstRune(rest)
	if strings.ContainsRune("-'’", r) && rest != "" {
		r = firstRune(rest[utf8.RuneLen(r):])
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// firstRune returns the first rune of a text.
func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// Attachment implements [adf.Resolver]. It never finds one: the REST API does
// not return the media id of an attachment, which differs from the attachment's
// own id.
func (m *mentionResolver) Attachment(string) (mediaID string, ok bool) { return "", false }
