package kit

import (
	"fmt"
	"strings"
	"unicode"
)

// Mark separates the service's texts, which other people wrote, from the
// server's own lines in the text of one answer. It is a number that is random
// for each call, so that a text cannot contain the line that ends it: without
// it, a comment could imitate a heading, and so a comment of somebody else.
//
// The zero value marks nothing. It is for answers that a person reads.
type Mark string

// markLimit is the number of different marks. Nine digits are three tokens of
// the common tokenizers.
const markLimit = 1_000_000_000

// newMark returns the mark for a random number.
func newMark(random uint64) Mark { return Mark(fmt.Sprintf("%09d", random%markLimit)) }

// Block returns a text of the service as it stands on lines of its own: between
// two lines with the mark where it has several lines, or one that a reader
// could take for a line of the server's own. The text itself is not changed, so
// that it can be quoted in an edit. Example, with the mark 482913077:
//
//	<<482913077
//	### Ana Silva 2026-11-29, internal
//	482913077>>
func (m Mark) Block(text string) string {
	if m == "" || text == "" || !needsMark(text) {
		return text
	}
	return "<<" + string(m) + "\n" + strings.TrimSuffix(text, "\n") + "\n" + string(m) + ">>"
}

// maxPlainLine is how long a line without a mark may be, in bytes.
const maxPlainLine = 200

// needsMark reports whether a text has several lines, or a line that could be
// one of the server's own. Those begin with a sign, a digit or a key, have a
// colon, a vertical bar or the like, or begin with one of a few words. So only a
// short sentence without these signs that begins in another way stays without a
// mark.
func needsMark(text string) bool {
	if len(text) > maxPlainLine || strings.ContainsAny(text, "\n\r\v\f\u0085\u2028\u2029:|→[]()<>#`") {
		return true
	}
	if strings.ContainsFunc(text, unicode.IsControl) { // removed later
		return true
	}
	first := text
	if end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }); end >= 0 {
		first = text[:end]
		if strings.ContainsAny(text[end:min(end+2, len(text))], "-0123456789") { // a key
			return true
		}
	}
	return first == "" || ownWords[strings.ToLower(first)]
}

// ownWords are the first words of the server's own lines that have no colon.
var ownWords = set("about", "all", "already", "also", "an", "are", "at", "based", "behind", "board", "both", "by", "can", "changed", "comment", "commented", "committed",
	"confirm", "confirmed", "created", "customers", "cut", "deleted", "done", "dry", "each", "edited", "edit", "empty", "epics", "error", "estimates", "every", "filed", "for", "forecast", "from", "give", "has",
	"in", "internal", "is", "it", "jira", "left", "logged", "made", "may", "mentioned", "mentions", "more", "moved", "name", "names", "next", "no", "nobody", "none", "not",
	"nothing", "notified", "now", "of", "on", "one", "only", "open", "pace", "other", "others", "people", "public", "read", "released", "removed", "repeat", "scope", "sent",
	"similar", "since", "some", "sprint", "started", "target", "that", "the", "there", "these", "they", "this", "those", "time", "times", "to", "transitioned", "type", "unchanged", "use",
	"warning", "was", "watchers", "were", "what", "will", "with", "without", "work", "workflow", "would", "you", "your")

func set(words ...string) map[string]bool {
	out := make(map[string]bool, len(words))
	for _, w := range words {
		out[w] = true
	}
	return out
}
