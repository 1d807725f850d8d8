package principal

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

const (
	// acceptedFor is how long an answer of Jira about a user is used again.
	acceptedFor = 5 * time.Minute
	// refusedFor is how long a refused credential is not tried again.
	refusedFor = 10 * time.Second
	// trustedFor is how long an accepted credential counts as known to the brake.
	trustedFor = 24 * time.Hour
	// maxKnown is the number of remembered credentials from which on old ones are
	// forgotten.
	maxKnown = 2000
	// maxTrials is how many unknown credentials are tried or wait at the same time.
	maxTrials = 500
)

// Options are what a [Finder] works with. Jira and Now are required.
type Options struct {
	// Jira returns the options of a client for a credential.
	Jira func(c credential.Credential, isAccessToken bool) jira.Options
	// Groups reports whether the user's groups are needed; nil for no.
	Groups func() bool
	// HasGate: the header Authorization carries the server's own bearer token.
	HasGate bool
	// AccessTokens: an OAuth access token for Jira is accepted in [Header].
	AccessTokens bool
	// BySender returns whose refusals count together; nil counts all together.
	BySender func(*http.Request) string
	// Install is the command line that sets up a client, for people; may be "".
	Install string
	// Redact removes the process's secrets from a text; may be nil.
	Redact func(string) string
	// Log reports that the brake holds. May be nil.
	Log *slog.Logger
	// Refused is called when Jira refuses a credential that it had accepted before.
	// May be nil.
	Refused func(Key)
	Now     func() time.Time
}

// Finder finds the principal of a request. It is safe for concurrent use.
type Finder struct {
	o     Options
	key   [sha256.Size]byte
	brake *brake

	mu     sync.Mutex
	known  map[Key]*lookup
	trials int // lookups of credentials that were not accepted before, under way
	// accepted has the credentials that Jira accepted within trustedFor. It is apart
	// from known, which strangers can fill.
	accepted map[Key]time.Time
}

// lookup is what is known of a credential.
type lookup struct {
	done      chan struct{} // closed when the rest is set
	at        time.Time     // of the answer
	principal Principal
	err       error
}

// New returns a Finder that knows nobody yet.
func New(o Options) *Finder {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f := &Finder{o: o, brake: newBrake(o.Now, o.Log), known: map[Key]*lookup{}, accepted: map[Key]time.Time{}}
	_, _ = rand.Read(f.key[:]) // never fails: crypto/rand
	return f
}

// Find returns the principal of a request, and removes the credential from its
// headers. It asks Jira if the credential is not known. The error is a [*Refusal] or
// that of ctx.
func (f *Finder) Find(ctx context.Context, r *http.Request) (Principal, error) {
	given, refused := f.take(r)
	if refused != nil {
		return Principal{}, refused
	}
	sender := ""
	if f.o.BySender != nil {
		sender = f.o.BySender(r)
	}
	key := f.keyOf(given)
	f.mu.Lock()
	known, isMine, isTrial := f.lookup(key)
	f.mu.Unlock()
	if known == nil {
		return Principal{}, tooManyTrials()
	}
	if isMine {
		// Others wait for the answer too, so it does not end with this request.
		go f.ask(context.WithoutCancel(ctx), key, given, known, sender, isTrial)
	}
	select {
	case <-known.done:
		return known.principal, known.err
	case <-ctx.Done():
		return Principal{}, ctx.Err()
	}
}

// lookup returns what is known of a credential, or a new entry that the caller has to
// fill; nil if too many are being tried. isTrial reports that the credential was not
// accepted before. The lock is held.
func (f *Finder) lookup(key Key) (known *lookup, isNew, isTrial bool) {
	now := f.o.Now()
	if known = f.known[key]; known != nil && known.isValid(now) {
		return known, false, false
	}
	isTrial = !f.isAccepted(key, now)
	switch {
	case isTrial && f.trials >= maxTrials:
		return nil, false, true
	case isTrial:
		f.trials++
	}
	if len(f.known) >= maxKnown {
		f.forget(now)
	}
	known = &lookup{done: make(chan struct{})}
	f.known[key] = known
	return known, true, isTrial
}

// isAccepted reports whether Jira accepted a credential lately. The lock is held.
func (f *Finder) isAccepted(key Key, now time.Time) bool {
	at, ok := f.accepted[key]
	return ok && now.Sub(at) < trustedFor
}

// isValid reports whether an answer is under way, or new enough.
func (l *lookup) isValid(now time.Time) bool {
	switch {
	case !l.isDone():
		return true
	case l.err == nil:
		return now.Sub(l.at) < acceptedFor
	case isDefinite(l.err):
		return now.Sub(l.at) < refusedFor
	}
	return false // Jira could not be asked
}

// isDone reports whether the answer has arrived.
func (l *lookup) isDone() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// isDefinite reports whether an error is a refusal of the credential itself.
func isDefinite(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && (r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden)
}

// Sweep forgets the expired answers of Jira, with the credentials that they belong to.
// It keeps the keys of the credentials that Jira accepted in the last day.
func (f *Finder) Sweep() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget(f.o.Now())
}

// forget is Sweep. The lock is held.
func (f *Finder) forget(now time.Time) {
	maps.DeleteFunc(f.known, func(_ Key, l *lookup) bool { return !l.isValid(now) })
	maps.DeleteFunc(f.accepted, func(key Key, _ time.Time) bool { return !f.isAccepted(key, now) })
}

// ask fills an entry with Jira's answer.
func (f *Finder) ask(ctx context.Context, key Key, given presented, l *lookup, sender string, isTrial bool) {
	leave := func(bool) {}
	var err error
	if isTrial {
		leave, err = f.brake.enter(ctx, sender)
	}
	var p Principal
	if err == nil {
		p, err = f.identify(ctx, key, given)
		leave(isDefinite(err))
	}
	f.mu.Lock()
	l.at, l.principal, l.err = f.o.Now(), p, err
	if isTrial {
		f.trials--
	}
	switch {
	case err == nil:
		f.accepted[key] = l.at
	case isDefinite(err):
		delete(f.accepted, key)
	}
	close(l.done)
	f.mu.Unlock()
	if !isTrial && isDefinite(err) && f.o.Refused != nil {
		f.o.Refused(key)
	}
}

// identify asks Jira whom a credential belongs to.
func (f *Finder) identify(ctx context.Context, key Key, given presented) (Principal, error) {
	options := f.o.Jira(given.credential, given.isAccessToken)
	id, err := jira.Identify(ctx, options, false)
	switch {
	case jira.IsMissingScope(err):
		return Principal{}, unnamed()
	case jira.IsCredentialRejected(err):
		return Principal{}, f.o.rejected()
	case err != nil:
		return Principal{}, unavailable(f.redact(given, err.Error()))
	case id.User.AccountID == "":
		return Principal{}, unavailable("its answer names no account")
	}
	p := Principal{Key: key, Identity: id, Credential: given.credential, IsAccessToken: given.isAccessToken}
	if f.o.Groups != nil && f.o.Groups() {
		options.Identity = &id
		p.Identity, p.GroupsErr = jira.Identify(ctx, options, true)
		if p.GroupsErr != nil {
			p.Identity = id
		} else if p.Identity.Groups == nil {
			p.GroupsErr = errors.New("the answer of Jira has no groups")
		}
	}
	return p, nil
}

// redact removes secrets from a text.
func (f *Finder) redact(given presented, text string) string {
	var own credential.Redactor
	own.Add(given.credential)
	text = own.Text(text)
	if f.o.Redact != nil {
		text = f.o.Redact(text)
	}
	return text
}

// keyOf returns the key of a credential.
func (f *Finder) keyOf(given presented) Key {
	mac := hmac.New(sha256.New, f.key[:])
	kind := "basic"
	if given.isAccessToken {
		kind = "bearer"
	}
	// Letter case means nothing in the address of an account.
	for _, part := range []string{kind, strings.ToLower(given.credential.Email), given.credential.Token.Reveal()} {
		sum := sha256.Sum256([]byte(part)) // of fixed length, so that no part runs into the next
		mac.Write(sum[:])
	}
	return Key(mac.Sum(nil))
}

// Forget makes the next request with a credential ask Jira again: Jira has refused a
// call with it. Whether the credential was accepted before stays known.
func (f *Finder) Forget(key Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l := f.known[key]; l != nil && l.isDone() && l.err == nil {
		delete(f.known, key)
	}
}

// ForgetAll is Forget for all credentials: something else has to be asked about them.
func (f *Finder) ForgetAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.known, func(_ Key, l *lookup) bool { return l.isDone() && l.err == nil })
}
