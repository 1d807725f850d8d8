package principal

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
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

	mu    sync.Mutex
	known map[Key]*lookup
}

// lookup is what is known of a credential.
type lookup struct {
	done      chan struct{} // closed when the rest is set
	at        time.Time     // of the answer
	principal Principal
	err       error
	accepted  time.Time // when Jira accepted the credential last; zero for never
}

// New returns a Finder that knows nobody yet.
func New(o Options) *Finder {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f := &Finder{o: o, brake: newBrake(o.Now, o.Log), known: map[Key]*lookup{}}
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
	known, isMine := f.lookup(key)
	f.mu.Unlock()
	if isMine {
		// Others wait for the answer too, so it does not end with this request.
		go f.ask(context.WithoutCancel(ctx), key, given, known, sender)
	}
	select {
	case <-known.done:
		return known.principal, known.err
	case <-ctx.Done():
		return Principal{}, ctx.Err()
	}
}

// lookup returns what is known of a credential, or a new entry that the caller has to
// fill. The lock is held.
func (f *Finder) lookup(key Key) (known *lookup, isNew bool) {
	now := f.o.Now()
	known = f.known[key]
	if known != nil && known.isValid(now) {
		return known, false
	}
	fresh := &lookup{done: make(chan struct{})}
	if known != nil {
		fresh.accepted = known.accepted
	}
	if len(f.known) >= maxKnown {
		f.forgetOld(now)
	}
	f.known[key] = fresh
	return fresh, true
}

// isValid reports whether an answer is under way, or new enough.
func (l *lookup) isValid(now time.Time) bool {
	select {
	case <-l.done:
	default:
		return true
	}
	switch {
	case l.err == nil:
		return now.Sub(l.at) < acceptedFor
	case isDefinite(l.err):
		return now.Sub(l.at) < refusedFor
	}
	return false // Jira could not be asked
}

// isDefinite reports whether an error is a refusal of the credential itself.
func isDefinite(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && (r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden)
}

// Sweep forgets what Jira said more than five minutes ago, the credentials themselves
// included. Which credentials were accepted stays known, by their keys.
func (f *Finder) Sweep() {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.o.Now()
	for key, l := range f.known {
		switch {
		case l.isValid(now):
		case now.Sub(l.accepted) < trustedFor:
			f.known[key] = &lookup{done: l.done, accepted: l.accepted}
		default:
			delete(f.known, key)
		}
	}
}

// forgetOld forgets credentials that do not count any more. The lock is held.
func (f *Finder) forgetOld(now time.Time) {
	for key, l := range f.known {
		if !l.isValid(now) && now.Sub(l.accepted) >= trustedFor {
			delete(f.known, key)
		}
	}
	for key, l := range f.known { // too many were accepted within a day
		if len(f.known) < maxKnown {
			return
		}
		if !l.isValid(now) {
			delete(f.known, key)
		}
	}
}

// ask fills an entry with Jira's answer.
func (f *Finder) ask(ctx context.Context, key Key, given presented, l *lookup, sender string) {
	wasAccepted := !l.accepted.IsZero() && f.o.Now().Sub(l.accepted) < trustedFor
	leave := func(bool) {}
	var err error
	if !wasAccepted {
		leave, err = f.brake.enter(ctx, sender)
	}
	var p Principal
	if err == nil {
		p, err = f.identify(ctx, key, given)
		leave(isDefinite(err))
	}
	f.mu.Lock()
	l.at, l.principal, l.err = f.o.Now(), p, err
	if err == nil {
		l.accepted = l.at
	}
	if isDefinite(err) {
		l.accepted = time.Time{}
	}
	close(l.done)
	f.mu.Unlock()
	if wasAccepted && isDefinite(err) && f.o.Refused != nil {
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
	for _, part := range []string{kind, given.credential.Email, given.credential.Token.Reveal()} {
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
	f.expire(key)
}

// ForgetAll is Forget for all credentials: something else has to be asked about them.
func (f *Finder) ForgetAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key := range f.known {
		f.expire(key)
	}
}

// expire makes an answer count as old. The lock is held.
func (f *Finder) expire(key Key) {
	if l := f.known[key]; l != nil {
		select {
		case <-l.done:
			if l.err == nil {
				f.known[key] = &lookup{done: l.done, accepted: l.accepted}
			}
		default: // the answer is under way
		}
	}
}
