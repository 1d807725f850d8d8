package credential

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Redactor removes secrets from text, in every form in which they could occur:
// literally, escaped for a URL, JSON, HTML or Markdown, with any of its characters
// percent-encoded or as a \u escape, in hex, and in base64, alone, within longer
// text, and as in HTTP Basic ("email:token"). It is safe for concurrent use: Add
// builds new lists under mu and publishes them through the atomic pointers, so
// that Text and Bytes need no lock. The zero Redactor knows no secret.
type Redactor struct {
	mu    sync.Mutex
	forms []string // of tokens; the oldest are dropped
	fixed []string // of other secrets, which are kept
	// sorted holds all forms, the longest first: the replacement of a short
	// form must not leave the rest of a longer one that begins alike.
	sorted atomic.Pointer[[]string]
	// plain holds the secrets themselves, without escapes: see unescape.
	plain       atomic.Pointer[[]string]
	plainTokens []string
	plainFixed  []string // of other secrets, which are kept
}

// minSecretLength is the length below which a secret is not searched for: it
// would occur by chance in ordinary text, and could be guessed anyway.
const minSecretLength = 6

// maxForms limits the number of forms of tokens. The oldest, of tokens that
// were rotated out long ago, are dropped first.
const maxForms = 1024

// Add registers a credential.
func (r *Redactor) Add(c Credential) {
	token := c.Token.Reveal()
	r.add(&r.forms, token, c.Email+":"+token)
}

// AddSecret registers any other secret.
func (r *Redactor) AddSecret(s Secret) { r.add(&r.fixed, s.Reveal()) }

// add registers values, the first of which is the secret itself, in one of the
// two lists of forms.
func (r *Redactor) add(to *[]string, values ...string) {
	if len(values[0]) < minSecretLength {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	plain := &r.plainTokens
	if to == &r.fixed {
		plain = &r.plainFixed
	}
	r.addPlain(plain, values[0])
	if slices.Contains(*to, values[0]) {
		return
	}
	var forms []string
	for _, v := range values {
		quoted, err := json.Marshal(v)
		if err != nil {
			quoted = []byte(`""`)
		}
		raw := []byte(v)
		quotedOnce := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) // as log handlers quote, and JSON encoders that do not escape HTML
		forms = append(forms, v, url.QueryEscape(v), url.PathEscape(v), lowerEscapes(url.QueryEscape(v)), lowerEscapes(url.PathEscape(v)),
			strings.Trim(string(quoted), `"`), quotedOnce, html.EscapeString(v), strings.ReplaceAll(html.EscapeString(v), "=", "&#61;"), strings.ReplaceAll(html.EscapeString(v), "=", "&#x3D;"),
			base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), url.QueryEscape(base64.StdEncoding.EncodeToString(raw)))
	}
	raw := []byte(values[0]) // also finds it in longer values
	forms = append(append(forms, hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw))), base64Within(raw)...)
	for _, f := range forms {
		if f != "" && !slices.Contains(*to, f) {
			*to = append(*to, f)
		}
	}
	if over := len(r.forms) - maxForms; over > 0 {
		r.forms = slices.Clone(r.forms[over:])
	}
	sorted := slices.SortedFunc(slices.Values(slices.Concat(r.forms, r.fixed)), func(a, b string) int { return len(b) - len(a) })
	r.sorted.Store(&sorted)
}

// minWithin is the length of the shortest part of base64 that is searched for.
const minWithin = 10

// base64Within returns the characters that base64 has for a value within a longer
// text, at each of the three alignments, in both alphabets. The characters at the
// ends are left out, which also depend on what is before and after.
func base64Within(raw []byte) []string {
	var out []string
	for before := range 3 {
		padded := append(make([]byte, before), raw...)
		from := []int{0, 2, 3}[before] // characters with bits of what is before
		to := len(padded) * 8 / 6      // and of what is after
		if to-from < minWithin {
			continue
		}
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			out = append(out, encoding.EncodeToString(padded)[from:to])
		}
	}
	return out
}

// maxPlain limits the number of tokens that are searched for without their escapes;
// the oldest are dropped.
const maxPlain = 16

// addPlain adds a secret to those that are searched for without their escapes. The
// caller holds mu.
func (r *Redactor) addPlain(to *[]string, value string) {
	plain, _ := unescapeAll(value)
	if slices.Contains(*to, string(plain)) {
		return
	}
	*to = append(*to, string(plain))
	if over := len(r.plainTokens) - maxPlain; over > 0 {
		r.plainTokens = slices.Clone(r.plainTokens[over:])
	}
	all := slices.Concat(r.plainTokens, r.plainFixed)
	r.plain.Store(&all)
}

// percentEscape matches a percent-encoded byte with upper-case digits, as Go writes
// it.
var percentEscape = regexp.MustCompile("%[0-9A-F]{2}")

// lowerEscapes returns s with lower-case percent-encoding: %2F becomes %2f.
func lowerEscapes(s string) string { return percentEscape.ReplaceAllStringFunc(s, strings.ToLower) }

// Text returns s with every secret replaced by [Redacted].
func (r *Redactor) Text(s string) string {
	forms := r.sorted.Load()
	if forms == nil {
		return s
	}
	// A substring search for each form is fast, and nearly always finds
	// nothing.
	for _, f := range *forms {
		if strings.Contains(s, f) {
			s = strings.ReplaceAll(s, f, Redacted)
		}
	}
	if strings.ContainsAny(s, `\%&`) {
		if found := r.escapedIn(s); found != nil {
			return string(replaceRanges([]byte(s), found))
		}
	}
	return s
}

// Bytes is like [Redactor.Text] for bytes. It returns b itself if b contains no
// secret.
func (r *Redactor) Bytes(b []byte) []byte {
	forms := r.sorted.Load()
	if forms == nil {
		return b
	}
	for _, f := range *forms {
		if bytes.Contains(b, []byte(f)) {
			b = bytes.ReplaceAll(b, []byte(f), []byte(Redacted))
		}
	}
	if bytes.ContainsAny(b, `\%&`) {
		if found := r.escapedIn(string(b)); found != nil {
			return replaceRanges(b, found)
		}
	}
	return b
}

// Writer returns a writer that removes the secrets and passes the rest on to w.
// It handles each write separately, as a log handler writes each line in one
// piece.
func (r *Redactor) Writer(w io.Writer) io.Writer { return redactingWriter{r, w} }

// redactingWriter is the writer that [Redactor.Writer] returns.
type redactingWriter struct {
	r *Redactor
	w io.Writer
}

// Write implements io.Writer. It reports len(p) even if the redacted text is
// shorter.
func (w redactingWriter) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.w, w.r.Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
