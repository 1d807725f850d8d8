package names

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// letters replaces letters that have no accent to remove.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "’", "'")

// Fold returns the form in which names are compared if their spellings differ: in
// lower case, without accents, and with single blanks. "Jürgen  Groß" and "jurgen
// gross" have the same form.
func Fold(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	if isASCII(s) {
		return s
	}
	var base rune
	s = strings.Map(func(r rune) rune {
		switch {
		case !unicode.Is(unicode.Mn, r):
			base = r
		case isAccent(base, r):
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return norm.NFC.String(letters.Replace(s))
}

// isAccent reports whether people leave out a mark on a letter. In other scripts
// a mark makes another letter: й is not и, and が is not か.
func isAccent(base, mark rune) bool {
	return unicode.In(base, unicode.Latin, unicode.Greek) || base == 'е' && mark == '\u0308' // ё
}

// isASCII reports whether a text has only characters of ASCII.
func isASCII(s string) bool {
	for n := range len(s) {
		if s[n] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// IsCalled reports whether a name equals one of the names of a value, which are
// the one in the user's language and the original one. Case and accents do not
// matter.
func IsCalled(name string, its ...string) bool {
	name = Fold(name)
	for _, own := range its {
		if own != "" && Fold(own) == name {
			return true
		}
	}
	return false
}

// StatusName returns the name, in the user's language, of the status that a name
// means, or the given name if it is none of them. A name in the user's language
// wins over an original one.
func StatusName(all []jira.Status, given string) string {
	found := MatchNames(all, given, jira.Status.Names, func(jira.Status) string { return "" })
	for _, s := range found { // several statuses can have one name, of several projects
		if s.Name != found[0].Name {
			return given
		}
	}
	if len(found) == 0 {
		return given
	}
	return found[0].Name
}
