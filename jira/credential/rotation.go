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

// Origin is a place where one token is kept.
type Origin interface {
	// Token gives the token. refused is one that Jira did not accept: an origin
	// that remembers what it read looks once more before it gives that one
	// again. The zero Secret refuses none.
	Token(ctx context.Context, refused Secret) (Secret, error)
	// String names the place for people, and nothing of what is in it.
	String() string
}

// Variable is an [Origin] that does not change: an environment variable.
type Variable struct {
	Name  string
	Value Secret
}

// Token implements [Origin].
func (v Variable) Token(context.Context, Secret) (Secret, error) { return v.Value, nil }

func (v Variable) String() string { return "the variable " + v.Name }

// Rotation is a [Source] over the places where a token lives: the first, and
// where there is one, the token that is to follow it. A new token is taken up
// without a restart: Jira lets both work while one replaces the other
// (Atlassian support, "Manage API tokens": an account may have several).
type Rotation struct {
	Email   string
	Expires Day // of the token that the first origin has at the start
	Origins []Origin
	Log     *slog.Logger
	Now     func() time.Time
	// Seen is told each credential before it is used, so that whatever shows
	// text can leave it out. May be nil.
	Seen func(Credential)

	mu      sync.Mutex
	refused map[Secret]time.Time
	first   Secret         // that the first origin had at the start
	places  map[Secret]int // where each token was read
	unread  map[int]bool   // origins that could not be read the last time
	last    Secret         // that Jira accepted
	active  int            // the origin it came from
	warned  time.Time
}

// rest is how long a refused token is not offered again.
const rest = 5 * time.Minute

// Credential implements [Source]: the first origin's token that Jira has not
// refused; if it has refused all, the first there is.
func (r *Rotation) Credential(ctx context.Context) (Credential, error) {
	var first *Credential
	var problems []error
	for n, o := range r.Origins {
		token, err := o.Token(ctx, Secret{})
		if r.readable(ctx, n, err); err != nil {
			problems = append(problems, err)
			continue
		}
		c := r.credential(n, token)
		if _, refused := r.refusal(token); !refused {
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

// Another implements [Source]. A token that was refused some time ago is
// offered again.
func (r *Rotation) Another(ctx context.Context, refused Credential) (Credential, bool) {
	for n, o := range r.Origins {
		token, err := o.Token(ctx, refused.Token)
		if err != nil {
			if ctx.Err() == nil {
				r.Log.WarnContext(ctx, "Jira refused the API token, and where it lives cannot be read", "place", o.String(), "error", err)
			}
			continue
		}
		if at, was := r.refusal(token); token == refused.Token || was && r.Now().Sub(at) < rest {
			continue
		}
		return r.credential(n, token), true
	}
	return Credential{}, false
}

// Answered implements [Source].
func (r *Rotation) Answered(c Credential, accepted bool) {
	if !accepted {
		r.refuse(c.Token)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.refused, c.Token)
	n := r.places[c.Token]
	if r.last != c.Token && (!r.last.IsZero() || n > 0) {
		r.changed(n)
	}
	r.last, r.active = c.Token, n
	if notice := c.Expires.Notice(r.Now()); notice != "" && r.Now().Sub(r.warned) >= 24*time.Hour {
		r.warned = r.Now()
		r.Log.Warn(notice)
	}
}

func (r *Rotation) credential(n int, token Secret) Credential {
	c := Credential{Email: r.Email, Token: token}
	if n == 0 && r.isFirst(token) {
		c.Expires = r.Expires
	}
	if r.Seen != nil {
		r.Seen(c)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.places == nil || len(r.places) >= maxRefused {
		r.places = map[Secret]int{}
	}
	r.places[token] = n
	return c
}

// readable notes whether an origin could be read, and warns when it cannot any
// more.
func (r *Rotation) readable(ctx context.Context, n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unread == nil {
		r.unread = map[int]bool{}
	}
	if err != nil && !r.unread[n] && len(r.Origins) > 1 && ctx.Err() == nil {
		r.Log.WarnContext(ctx, "an API token cannot be read", "place", r.Origins[n].String(), "error", err)
	}
	r.unread[n] = err != nil
}

// isFirst reports the token that was in the first origin at the start: the
// day of its end is not the next one's.
func (r *Rotation) isFirst(token Secret) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first.IsZero() {
		r.first = token
	}
	return r.first == token
}

// maxRefused bounds how many refused tokens are remembered.
const maxRefused = 16

func (r *Rotation) refuse(token Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refused == nil || len(r.refused) >= maxRefused {
		r.refused = map[Secret]time.Time{}
	}
	r.refused[token] = r.Now()
}

func (r *Rotation) refusal(token Secret) (at time.Time, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, refused = r.refused[token]
	return at, refused
}

// changed logs that another token is in use: the one that was to follow is a
// warning, since somebody has to move it to the first place.
func (r *Rotation) changed(n int) {
	switch {
	case n > 0 && r.unread[0]:
		r.Log.Warn("the API token cannot be read; the one that was to follow is used from now on", "unread", r.Origins[0].String(), "used", r.Origins[n].String())
		return
	case n > 0:
		r.Log.Warn("the API token was refused; the one that was to follow is used from now on", "refused", r.Origins[0].String(), "used", r.Origins[n].String())
		return
	}
	r.Log.Info("there is a new API token", "in", r.Origins[n].String())
}

// InUse is the place of the token that Jira accepted last, 0 for the first.
func (r *Rotation) InUse() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.active
}

// setting is a line of an environment file, which is no token.
var setting = regexp.MustCompile(`^(?:JIRA|ATLASSIAN)_[A-Z_]+=`)

// maxToken bounds what is read as a token; Atlassian's have about 200
// characters, access tokens some thousands.
const maxToken = 64 << 10

// ParseToken takes the token out of what was read: one word of visible ASCII, as
// it has to stand in a header. The error says nothing of what was found.
func ParseToken(text string) (Secret, error) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	switch {
	case text == "":
		return Secret{}, errors.New("there is no token in it")
	case len(text) > maxToken:
		return Secret{}, fmt.Errorf("it is longer than %d characters, which no token is", maxToken)
	case strings.ContainsRune(text, 0):
		return Secret{}, errors.New("it is not plain text (UTF-16, as some editors and shells of Windows write?); save it as UTF-8")
	case strings.ContainsAny(text, "\r\n"):
		return Secret{}, errors.New("it has several lines; the token has to be alone")
	case strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`), strings.HasPrefix(text, "'") && strings.HasSuffix(text, "'"):
		return Secret{}, errors.New("it is in quotes; leave them out")
	case setting.MatchString(text):
		return Secret{}, errors.New("it is a line of settings, NAME=value; the token has to be alone")
	case strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' || r == 0x7f }):
		return Secret{}, errors.New("it is not a token: those are one word of ASCII letters, digits and signs")
	}
	return NewSecret(text), nil
}
