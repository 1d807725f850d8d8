package names

import (
	"context"
	"strings"
	"unicode"

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
	first := text
	if end := strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-'.", r)
	}); end >= 0 {
		first = text[:end]
	}
	first = strings.ToLower(strings.TrimRight(first, ".'-"))
	if first == "" || !m.asked[first] && len(m.asked) >= maxMentions {
		return "", "", false
	}
	m.asked[first] = true
	found, err := m.names.users.get(m.ctx, [2]string{"", first}, func(ctx context.Context) ([]jira.User, error) {
		return m.names.jira.FindUsers(ctx, first, 20)
	})
	if err != nil {
		return "", "", false
	}
	several := false
	for _, u := range found {
		n := len(u.DisplayName)
		switch {
		case n == 0 || len(text) < n || !strings.EqualFold(text[:n], u.DisplayName) || goesOn(text[n:]) || n < len(name):
		case n == len(name):
			several = several || u.AccountID != accountID
		default:
			accountID, name, several = u.AccountID, text[:n], false
		}
	}
	return accountID, name, accountID != "" && !several
}

// goesOn reports whether a word goes on.
func goesOn(rest string) bool {
	for _, r := range rest {
		return unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return false
}

// Attachment implements [adf.Resolver]. The REST API does not tell the media
// id of an attachment, which is another than the attachment's own.
func (m *mentions) Attachment(string) (mediaID string, ok bool) { return "", false }
