package credential

import (
	"bytes"
	"encoding/base64"
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

// Redactor takes secrets out of text, in every form in which they could get
// there: as they are, escaped for a URL or for JSON, and in base64, alone and
// as HTTP Basic has them. It is safe for concurrent use; the zero Redactor
// knows no secret.
type Redactor struct {
	mu    sync.Mutex
	forms []string // of tokens
	fixed []string // of other secrets, which stay
	// sorted are the forms, of those that begin alike the longer first.
	sorted atomic.Pointer[[]string]
	// escaped find the same with backslashes between, as Markdown escapes
	// punctuation, and JSON the backslashes.
	escaped       atomic.Pointer[[]*regexp.Regexp]
	patterns      []string // of tokens
	fixedPatterns []string
}

// shortest is the length below which a value is not looked for: it would be
// found in everything, and guessed as well.
const shortest = 6

// maxForms bounds what is looked for; tokens that were rotated out long ago go
// first.
const maxForms = 256

// Add makes a credential known.
func (r *Redactor) Add(c Credential) {
	token := c.Token.Reveal()
	r.add(&r.forms, token, c.Email+":"+token)
}

// AddSecret makes any other secret known.
func (r *Redactor) AddSecret(s Secret) { r.add(&r.fixed, s.Reveal()) }

func (r *Redactor) add(to *[]string, values ...string) {
	if len(values[0]) < shortest {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
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
		quotedOnce := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) // as logs quote, and JSON without HTML's escapes
		forms = append(forms, v, url.QueryEscape(v), url.PathEscape(v), lowerEscapes(url.QueryEscape(v)), lowerEscapes(url.PathEscape(v)),
			strings.Trim(string(quoted), `"`), quotedOnce, html.EscapeString(v), strings.ReplaceAll(html.EscapeString(v), "=", "&#61;"), strings.ReplaceAll(html.EscapeString(v), "=", "&#x3D;"),
			base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), url.QueryEscape(base64.StdEncoding.EncodeToString(raw)))
	}
	for _, f := range forms {
		if f != "" && !slices.Contains(*to, f) {
			*to = append(*to, f)
		}
	}
	patterns := &r.patterns
	if to == &r.fixed {
		patterns = &r.fixedPatterns
	}
	r.addPattern(patterns, values[0])
	if over := len(r.forms) - maxForms; over > 0 {
		r.forms = slices.Clone(r.forms[over:])
	}
	sorted := slices.SortedFunc(slices.Values(slices.Concat(r.forms, r.fixed)), func(a, b string) int { return len(b) - len(a) })
	r.sorted.Store(&sorted)
}

// punctuation is what Markdown may escape.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

const maxPatterns = 16

// addPattern finds a value that was escaped; the lock is held.
func (r *Redactor) addPattern(to *[]string, value string) {
	if !strings.ContainsAny(value, punctuation) {
		return
	}
	var b strings.Builder
	for _, c := range value {
		if strings.ContainsRune(punctuation, c) {
			b.WriteString(`\\*`)
		}
		b.WriteString(regexp.QuoteMeta(string(c)))
	}
	*to = append(*to, b.String())
	if over := len(r.patterns) - maxPatterns; over > 0 {
		r.patterns = slices.Clone(r.patterns[over:])
	}
	var all []*regexp.Regexp
	for _, p := range slices.Concat(r.patterns, r.fixedPatterns) {
		if re, err := regexp.Compile(p); err == nil { // what is no UTF-8 is found as it is alone
			all = append(all, re)
		}
	}
	r.escaped.Store(&all)
}

var escape = regexp.MustCompile("%[0-9A-F]{2}")

func lowerEscapes(s string) string { return escape.ReplaceAllStringFunc(s, strings.ToLower) }

// Text returns s without the secrets.
func (r *Redactor) Text(s string) string {
	forms := r.sorted.Load()
	if forms == nil {
		return s
	}
	// One search each is fast; nearly always there is nothing to replace.
	for _, f := range *forms {
		if strings.Contains(s, f) {
			s = strings.ReplaceAll(s, f, Redacted)
		}
	}
	if escaped := r.escaped.Load(); escaped != nil && strings.IndexByte(s, '\\') >= 0 {
		for _, re := range *escaped {
			s = re.ReplaceAllLiteralString(s, Redacted)
		}
	}
	return s
}

// Bytes is [Redactor.Text] for bytes; where there is no secret it returns b
// itself.
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
	if escaped := r.escaped.Load(); escaped != nil && bytes.IndexByte(b, '\\') >= 0 {
		for _, re := range *escaped {
			if re.Match(b) {
				b = re.ReplaceAllLiteral(b, []byte(Redacted))
			}
		}
	}
	return b
}

// Writer passes on what is written, without the secrets. Each write is looked
// at by itself, as one line of a log is one write.
func (r *Redactor) Writer(w io.Writer) io.Writer { return redacting{r, w} }

type redacting struct {
	r *Redactor
	w io.Writer
}

// Write implements io.Writer.
func (w redacting) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.w, w.r.Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
