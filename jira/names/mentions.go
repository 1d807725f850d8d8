package names

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/key"
)

// maxMentions is the greatest number of different names that one text may look
// up.
const maxMentions = 10

// maxSigns is the greatest number of @ of one text that may be mentions.
const maxSigns = 200

// mentionTimeout is how long one look-up for a mention may take: the text is what
// matters.
const mentionTimeout = 10 * time.Second

// mentionResolver resolves @Ana Silva in a text to a mention of the person with
// that name. The parser calls it for plain text only, not for code. A name that
// Jira does not find, or finds more than once, stays plain text: a text is
// never rejected because of that.
type mentionResolver struct {
	ctx     context.Context // belongs to the one conversion that this value serves
	names   *Names
	place   Place
	lookups map[string]bool // lower-case names that were looked up
	letters map[rune]bool   // first letters that were looked up
	signs   int             // the @ of the text so far
	warned  map[string]bool // warnings that the answer has already

	failed bool // names could not be looked up, and the answer says why

	participants []jira.User // of the issue; nil until needed
	files        *fileList   // of the issue; nil until needed
}

// mentionResolver returns a resolver for one conversion of a text in a place.
func (n *Names) mentionResolver(ctx context.Context, at Place) *mentionResolver {
	return &mentionResolver{ctx: ctx, names: n, place: at, lookups: map[string]bool{}, letters: map[rune]bool{}, warned: map[string]bool{}}
}

// Mention implements [adf.Resolver]. text is the text behind an @. The end of a
// name is not marked, so the people whom Jira finds decide it:
//
//  1. Look up the first word, or the first two if there are too many people.
//  2. Take the longest display name of an active person with which the text
//     begins, up to the end of a word and apart from accents and blanks. "Ana
//     Silva will know" gives Ana Silva, not Ana.
//  3. Give up if two employees have that name, with a warning that lists them, or
//     if the next word could belong to a longer name (see isLongerName).
//  4. If nobody has a full name that fits, take the first name of a person of
//     the issue or project (see byFirstName).
func (m *mentionResolver) Mention(text string) (accountID, name string, ok bool) {
	words := nameWords(text)
	if len(words) == 0 || isPackage(text, words[0]) {
		return "", "", false
	}
	if m.signs++; m.signs > maxSigns {
		m.warnOnce(fmt.Sprintf("Names after @ beyond the first %d signs of a text are plain text and mention nobody.", maxSigns))
		return "", "", false
	}
	first := withoutPossessive(words[0])
	found, all := m.findUsers(first, true)
	if !all { // the first word alone is too common
		name := first
		if len(words) > 1 {
			name += " " + withoutPossessive(words[1])
		}
		found, all = m.findUsers(name, false)
	}
	switch {
	case !all && m.failed: // the answer says why
		return "", "", false
	case !all:
		return m.byFirstName(words, "too many users have that name")
	}
	name, people := longestName(text, found)
	if len(people) == 0 && !unicode.IsLower(firstRune(first)) { // Jira does not find names without accents or blanks
		if found, all = m.findByLetter(firstRune(first)); all {
			name, people = longestName(text, found)
		}
	}
	switch {
	case len(people) > 1:
		m.warnSeveral(name, people)
		return "", "", false
	case len(people) == 0:
		return m.byFirstName(words, "no user of that name was found")
	case m.isLongerName(name, text):
		return "", "", false
	}
	return people[0].AccountID, name, true
}

// longestName returns the longest beginning of a text that is the name of somebody
// of a list, apart from accents and blanks, and ends with a word, with the people
// who have the name: employees if there are any, and no deactivated accounts.
func longestName(text string, list []jira.User) (name string, people []jira.User) {
	ends := map[string]int{} // the longest beginning of the text by the names that it can be
	for at, runes := 0, 0; at < len(text) && runes < maxNameRunes; runes++ {
		r, size := utf8.DecodeRuneInString(text[at:])
		if at += size; !unicode.IsSpace(r) && !wordContinues(text[at:]) {
			ends[Fold(text[:at])] = at
			if isUnspaced(text[:at]) { // a name without its blanks
				ends[withoutSpaces+compact(text[:at])] = at
			}
		}
	}
	longest := 0
	for _, u := range list {
		end := max(ends[Fold(u.DisplayName)], ends[withoutSpaces+compact(u.DisplayName)])
		switch {
		case end == 0 || end < longest:
		case end > longest:
			longest, people = end, []jira.User{u}
		case !slices.ContainsFunc(people, func(other jira.User) bool { return other.AccountID == u.AccountID }):
			people = append(people, u)
		}
	}
	// A deactivated account stands in the way of a shorter name, and is not mentioned.
	people = slices.DeleteFunc(people, func(u jira.User) bool { return !u.Active })
	return text[:longest], employees(people)
}

// withoutSpaces marks the forms of names without blanks among others.
const withoutSpaces = "\x00"

// maxNameRunes is the length of the longest name that a mention may have.
const maxNameRunes = 100

// warnSeveral says that a name stays text, and whom it could mean.
func (m *mentionResolver) warnSeveral(name string, people []jira.User) {
	m.warnOnce(fmt.Sprintf("@%s is plain text and mentions nobody: it could be %s. To mention one of them, write [@%s](accountid:…) with that id.", name, anyOf(m.names.PeopleWithIDs(people), " or "), name))
}

// isPackage reports whether a text begins with the name of a package, such as
// @babel/core, and not with several mentions.
func isPackage(text, word string) bool {
	rest, ok := strings.CutPrefix(text[len(word):], "/")
	return ok && unicode.IsLetter(firstRune(rest))
}

// byFirstName returns the person whose first name the text begins with, if
// exactly one person of the issue or project has it. The name begins with a
// capital letter, and no other capitalised word follows, which could be a last
// name: "@Ben Smith" does not mention Ben Okafor. A name that stays text is
// named in the answer, with the candidates, or with the reason otherwise.
func (m *mentionResolver) byFirstName(words []string, otherwise string) (accountID, name string, ok bool) {
	first := withoutPossessive(words[0])
	stays := func(why string) (string, string, bool) {
		if !m.failed { // the failure is named already
			m.warnOnce(fmt.Sprintf("@%s is plain text and mentions nobody: %s.", first, why))
		}
		return "", "", false
	}
	if !unicode.IsUpper(firstRune(first)) {
		return stays(otherwise)
	}
	var fits []jira.User
	for _, u := range m.people(m.ctx, first) {
		isNew := !slices.ContainsFunc(fits, func(other jira.User) bool { return other.AccountID == u.AccountID })
		if u.Active && isNew && Fold(firstName(u.DisplayName)) == Fold(first) {
			fits = append(fits, u)
		}
	}
	fits = employees(fits)
	candidates := m.names.PeopleWithIDs(fits)
	switch {
	case continuesName(words[1:]):
		whole := []string{first, words[1]}
		if isParticle(words[1]) {
			whole = append(whole, words[2])
		}
		why := "no active user named " + strings.Join(whole, " ") + " was found"
		if len(candidates) > 0 {
			why += "; for " + anyOf(candidates, " or ") + ", write the whole name"
		}
		return stays(why)
	case len(fits) == 1:
		return fits[0].AccountID, first, true
	case len(fits) > 1:
		return stays("it could be " + anyOf(candidates, " or "))
	}
	return stays(otherwise)
}

// withoutPossessive removes 's from the end of a word.
func withoutPossessive(word string) string {
	for _, ending := range []string{"'s", "’s"} {
		if rest, ok := strings.CutSuffix(word, ending); ok {
			return rest
		}
	}
	return word
}

// firstName returns the first name in a display name: "Ana" for "Ana Silva" and
// for "Silva, Ana".
func firstName(display string) string {
	if _, given, ok := strings.Cut(display, ","); ok && strings.TrimSpace(given) != "" {
		display = given
	}
	first, _, _ := strings.Cut(strings.TrimSpace(display), " ")
	return first
}

// isLongerName reports whether a capitalised word behind a name belongs to the
// longer name of somebody else, or may do so because that could not be looked
// up. If there is an Ana Silva Costa, "@Ana Silva Costa" does not mention Ana
// Silva.
func (m *mentionResolver) isLongerName(name, text string) bool {
	rest := strings.TrimLeftFunc(text[len(name):], unicode.IsSpace)
	next := nameWords(rest)
	if len(rest) == len(text[len(name):]) || !continuesName(next) {
		return false
	}
	found, all := m.findUsers(name+" "+next[0], true)
	return len(found) > 0 || !all
}

// findUsers returns the people whose name matches, from the cache if possible.
// all is false if there may be more of them, if the lookup fails, or if the
// text has used up its lookups.
func (m *mentionResolver) findUsers(name string, few bool) (found []jira.User, all bool) {
	name = strings.ToLower(name)
	if !m.lookups[name] && len(m.lookups) >= maxMentions {
		m.warnOnce(fmt.Sprintf("Names after @ beyond the first %d of a text are plain text and mention nobody.", maxMentions))
		m.failed = true
		return nil, false
	}
	m.lookups[name] = true
	return m.search(name, few)
}

// findByLetter returns the people whose names begin with a letter. A text can look
// up as many letters as names.
func (m *mentionResolver) findByLetter(letter rune) (found []jira.User, all bool) {
	if !m.letters[letter] && len(m.letters) >= maxMentions {
		return nil, true
	}
	m.letters[letter] = true
	return m.search(string(unicode.ToLower(letter)), false)
}

// search returns the people whom Jira finds for a text, and warns if it cannot
// look them up.
func (m *mentionResolver) search(name string, few bool) (found []jira.User, all bool) {
	ctx, cancel := context.WithTimeout(m.ctx, mentionTimeout)
	defer cancel()
	found, all, err := m.names.findPeople(ctx, "", name, few)
	project, _, _ := key.SplitIssue(m.place.Issue)
	if project = cmp.Or(m.place.Project, project); jira.IsStatus(err, http.StatusForbidden) && project != "" { // this user may not browse users
		found, all, err = m.names.findPeople(ctx, project, name, few)
	}
	if err != nil {
		m.warnFailed(err)
	}
	return found, err == nil && all
}

// warnFailed says that people could not be looked up, and why.
func (m *mentionResolver) warnFailed(err error) {
	m.failed = true
	text := fmt.Sprintf("Names after @ may be plain text and mention nobody, since users could not be looked up: %v", err)
	if e := (*jira.Error)(nil); errors.As(err, &e) {
		text = strings.TrimSuffix(text, ".") + ". " + e.Hint()
	}
	jira.Warn(m.ctx, text)
}

// maxNameWords is the number of words in which a look-up searches for a name:
// enough for a first name, a particle and a last name.
const maxNameWords = 3

// nameWords returns the first words of a text, with the characters that names can
// contain. Dots, hyphens and apostrophes at the end do not belong to a word.
func nameWords(text string) []string {
	var out []string
	for len(out) < maxNameWords {
		end := strings.IndexFunc(text, func(r rune) bool {
			return !unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark) && !strings.ContainsRune("-'’._‐‑", r)
		})
		if end < 0 {
			end = len(text)
		}
		if word := strings.TrimRight(text[:end], ".'’-_‐‑"); word != "" {
			out = append(out, word)
		}
		rest := strings.TrimLeftFunc(text[end:], unicode.IsSpace)
		if len(rest) == len(text[end:]) || end == 0 {
			break
		}
		text = rest
	}
	return out
}

// continuesName reports whether words behind a name may be more of a name: a
// capitalised word, also behind a particle such as "de" or "van".
func continuesName(words []string) bool {
	if len(words) > 1 && isParticle(words[0]) {
		words = words[1:]
	}
	return len(words) > 0 && unicode.IsUpper(firstRune(words[0]))
}

// isParticle reports whether a word is a particle of last names.
func isParticle(word string) bool {
	return slices.Contains([]string{"de", "da", "do", "dos", "das", "del", "della", "der", "den", "di", "du", "la", "le", "van", "von", "vom", "zu", "zur", "ten", "ter", "bin", "ibn", "al", "el"}, word)
}

// wordContinues reports whether the text continues the word before it, also after
// a hyphen, an apostrophe or another sign within words: "Ana" is not a whole name
// in "Ana-Maria", "Ana_b" and "Ana.Souza", but it is in "Ana's".
func wordContinues(rest string) bool {
	for _, ending := range []string{"'s", "’s"} {
		if after, ok := strings.CutPrefix(rest, ending); ok && !wordContinues(after) {
			return false
		}
	}
	r := firstRune(rest)
	if strings.ContainsRune("-'’_.@+‐‑", r) && rest != "" {
		r = firstRune(rest[utf8.RuneLen(r):])
	}
	return unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark)
}

// firstRune returns the first rune of a text.
func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
