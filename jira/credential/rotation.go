package credential

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Origin represents a place where one token is kept.
type Origin interface {
	// Token returns the token. refused is a token that Jira did not accept: an
	// origin that caches what it read must read again before it returns that
	// token once more. The zero Secret refuses none.
	Token(ctx context.Context, refused Secret) (Secret, error)
	// String names the place for users, without any of its content.
	String() string
}

// Variable is an [Origin] that never changes: an environment variable.
type Variable struct {
	Name  string
	Value Secret
}

// Token implements [Origin].
func (v Variable) Token(context.Context, Secret) (Secret, error) { return v.Value, nil }

// String names the variable.
func (v Variable) String() string { return "the variable " + v.Name }

// Rotation is a [Source] over the places of the tokens: the first origin, and
// optionally a second with the token that is to follow. An account may have
// several tokens, so the old and the new one both work while one replaces the
// other (Atlassian support, "Manage API tokens"). A rotation needs no restart:
//
//  1. The owner puts a new token in the first place, or in the second.
//  2. When Jira refuses the old token, the new one is used. If it is in the
//     second place, a warning asks the owner to move it to the first.
//
// mu is not held while an origin is read, because a command or keyring may
// block.
type Rotation struct {
	Email   string
	Expires Day // of the token that the first origin has at the start
	Origins []Origin
	Log     *slog.Logger
	Now     func() time.Time
	// OnUse is called with each credential before its use, so that a [Redactor]
	// can remove it from any text. May be nil.
	OnUse func(Credential)

	mu         sync.Mutex
	refused    map[Secret]time.Time // when Jira refused each token
	initial    Secret               // the first origin's token at the start
	originOf   map[Secret]int       // the index of the origin that each token came from
	unreadable map[int]bool         // origins that could not be read the last time
	accepted   Secret               // the token that Jira accepted last
	active     int                  // the index of the origin that it came from
	warned     time.Time            // when the last expiry warning was logged
}

// retryRefusedAfter is how long Replacement does not offer a refused token
// again.
const retryRefusedAfter = 5 * time.Minute

// Credential implements [Source]. It returns the first token, in the order of
// the origins, that Jira has not refused. If Jira has refused all of them, it
// returns the first that could be read. It fails if no origin could be read.
func (r *Rotation) Credential(ctx context.Context) (Credential, error) {
	var first *Credential
	var problems []error
	for n, o := range r.Origins {
		token, err := o.Token(ctx, Secret{})
		if r.noteReadable(ctx, n, err); err != nil {
			problems = append(problems, err)
			continue
		}
		c := r.credential(n, token)
		if _, refused := r.refusedAt(token); !refused {
			return c, nil
		}
		if first == nil {
			first = &c
		}
	}
	if first != nil {
		return *first, nil
	}
	return Credential{}, errors.Join(problems...)
}

// Replacement implements [Source]. It makes the origins read again, and skips
// the given token and those refused less than retryRefusedAfter ago.
func (r *Rotation) Replacement(ctx context.Context, refused Credential) (Credential, bool) {
	for n, o := range r.Origins {
		token, err := o.Token(ctx, refused.Token)
		if err != nil {
			if ctx.Err() == nil {
				r.Log.WarnContext(ctx, "Jira refused the API token, and its source cannot be read", "place", o.String(), "error", err)
			}
			continue
		}
		if at, was := r.refusedAt(token); token == refused.Token || was && r.Now().Sub(at) < retryRefusedAfter {
			continue
		}
		return r.credential(n, token), true
	}
	return Credential{}, false
}

// ReportResult implements [Source]. It remembers a refused token. For an
// accepted one it logs a change of token, and at most once in 24 hours a
// warning before expiry.
func (r *Rotation) ReportResult(c Credential, accepted bool) {
	if !accepted {
		r.markRefused(c.Token)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.refused, c.Token)
	n := r.originOf[c.Token]
	if r.accepted != c.Token && (!r.accepted.IsZero() || n > 0) {
		r.logSwitch(n)
	}
	r.accepted, r.active = c.Token, n
	if notice := c.Expires.Notice(r.Now()); notice != "" && r.Now().Sub(r.warned) >= 24*time.Hour {
		r.warned = r.Now()
		r.Log.Warn(notice)
	}
}

// credential returns the credential with a token of origin n. It remembers the
// origin of the token, and calls OnUse.
func (r *Rotation) credential(n int, token Secret) Credential {
	c := Credential{Email: r.Email, Token: token}
	if n == 0 && r.isInitial(token) {
		c.Expires = r.Expires
	}
	if r.OnUse != nil {
		r.OnUse(c)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.originOf == nil || len(r.originOf) >= maxRefused {
		r.originOf = map[Secret]int{}
	}
	r.originOf[token] = n
	return c
}

// noteReadable records whether origin n could be read. It warns when that fails
// for the first time, if there is another origin; a single one's error reaches
// the caller.
func (r *Rotation) noteReadable(ctx context.Context, n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unreadable == nil {
		r.unreadable = map[int]bool{}
	}
	if err != nil && !r.unreadable[n] && len(r.Origins) > 1 && ctx.Err() == nil {
		r.Log.WarnContext(ctx, "an API token cannot be read", "place", r.Origins[n].String(), "error", err)
	}
	r.unreadable[n] = err != nil
}

// isInitial reports whether a token is the one that the first origin had at the
// start. Expires holds for that token alone, not for its successor.
func (r *Rotation) isInitial(token Secret) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.initial.IsZero() {
		r.initial = token
	}
	return r.initial == token
}

// maxRefused limits how many refused tokens, and how many tokens with their
// origin, are remembered. A full map is emptied.
const maxRefused = 16

// markRefused records that Jira refused a token.
func (r *Rotation) markRefused(token Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refused == nil || len(r.refused) >= maxRefused {
		r.refused = map[Secret]time.Time{}
	}
	r.refused[token] = r.Now()
}

// refusedAt returns when Jira refused a token, and whether it did.
func (r *Rotation) refusedAt(token Secret) (at time.Time, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, refused = r.refused[token]
	return at, refused
}

// logSwitch logs that a token of origin n is in use now, as a warning if that is
// not the first, since the owner has to move it there. The caller holds mu.
func (r *Rotation) logSwitch(n int) {
	switch {
	case n > 0 && r.unreadable[0]:
		r.Log.Warn("the API token cannot be read; the next token is used from now on", "unread", r.Origins[0].String(), "used", r.Origins[n].String())
		return
	case n > 0:
		r.Log.Warn("the API token was refused; the next token is used from now on", "refused", r.Origins[0].String(), "used", r.Origins[n].String())
		return
	}
	r.Log.Info("a new API token is in use", "in", r.Origins[n].String())
}

// ActiveOrigin returns the index of the origin whose token Jira accepted last;
// 0 is the first.
func (r *Rotation) ActiveOrigin() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.active
}

// settingsLine matches the beginning of a line of an environment file, which is
// not a token.
var settingsLine = regexp.MustCompile(`^(?:JIRA|ATLASSIAN)_[A-Z_]+=`)

// maxToken limits the number of bytes read as a token. Atlassian's API tokens
// have about 200 characters, access tokens a few thousand.
const maxToken = 64 << 10

// ParseToken returns the token in a text: one word of visible ASCII characters,
// as an HTTP header requires, without surrounding white space and byte order
// mark. Its errors contain nothing of the text, since a malformed one may
// contain the token too.
func ParseToken(text string) (Secret, error) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	switch {
	case text == "":
		return Secret{}, errors.New("it contains no token")
	case len(text) > maxToken:
		return Secret{}, fmt.Errorf("it is longer than %d characters, too long for a token", maxToken)
	case strings.ContainsRune(text, 0):
		return Secret{}, errors.New("it is not plain text (perhaps UTF-16, as some Windows editors and shells write); save it as UTF-8")
	case strings.ContainsAny(text, "\r\n"):
		return Secret{}, errors.New("it has several lines; only the token is allowed")
	case strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`), strings.HasPrefix(text, "'") && strings.HasSuffix(text, "'"):
		return Secret{}, errors.New("it is in quotes; remove them")
	case settingsLine.MatchString(text):
		return Secret{}, errors.New("it is a setting, NAME=value; only the token is allowed")
	case strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' || r == 0x7f }):
		return Secret{}, errors.New("it is not a token: a token is one word of ASCII letters, digits and symbols")
	}
	return NewSecret(text), nil
}
