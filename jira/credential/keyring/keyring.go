// Package keyring keeps API tokens in the system's keyring: the Keychain of
// macOS, the Credential Manager of Windows, the Secret Service of Linux and
// the BSDs. No call of Jira waits long for it, and none is ever
// started.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// service is under which name the keyring lists the tokens.
const service = "jira-mcp"

// Timeout bounds a question to the keyring: it may be locked, and ask a
// person for a password.
const Timeout = 2 * time.Second

// ErrNotFound says that the keyring has no token for a site.
var ErrNotFound = errors.New("the keyring has no token for this site; jira-mcp login stores one")

// Store is a keyring. Its methods may block for long: go-keyring takes no
// context, and a stuck D-Bus holds it for more than 15 s.
type Store interface {
	Get(site string) (string, error)
	Set(site, token string) error
	Delete(site string) error
}

// System is the system's keyring.
type System struct{}

// Get implements [Store].
func (System) Get(site string) (string, error) {
	if err := available(); err != nil {
		return "", err
	}
	token, err := keyring.Get(service, site)
	return token, known(err)
}

// Set implements [Store].
func (System) Set(site, token string) error {
	if err := available(); err != nil {
		return err
	}
	return known(keyring.Set(service, site, token))
}

// Delete implements [Store].
func (System) Delete(site string) error {
	if err := available(); err != nil {
		return err
	}
	return known(keyring.Delete(service, site))
}

func known(err error) error {
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return errors.New("this system has no keyring; keep the token in a file or behind a command instead")
	}
	if err != nil {
		return fmt.Errorf("it cannot be used: %w; keep the token in a file or behind a command instead", err)
	}
	return nil
}

// available finds out whether there is a session bus, where the keyring is
// behind one: without it the D-Bus library would start dbus-launch.
func available() error {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return nil
	}
	if at := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); at != "" && at != "autolaunch:" {
		return nil
	}
	run := "/run/user/" + strconv.Itoa(os.Getuid())
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join(run, name)); err == nil {
			return nil
		}
	}
	return errors.New("there is no session bus, and so no keyring (servers and containers have none); keep the token in a file or behind a command instead")
}

// Origin is a [credential.Origin]: the token of one site in a keyring. It is
// asked when the token is first needed, and again when Jira has refused it.
type Origin struct {
	Site  string // https://example.atlassian.net
	Store Store
	Now   func() time.Time

	mu      sync.Mutex
	token   credential.Secret
	asked   time.Time
	pending chan struct{} // closed when a question is answered; one at a time
	err     error
}

func (o *Origin) String() string { return "the keyring" }

// again is how long after an answer another question is not worth it.
const again = time.Second

// Token implements [credential.Origin]. A question that takes too long goes
// on by itself; its answer serves the next call.
func (o *Origin) Token(ctx context.Context, refused credential.Secret) (credential.Secret, error) {
	o.mu.Lock()
	if !o.token.IsZero() && (o.token != refused || o.Now().Sub(o.asked) < again) {
		defer o.mu.Unlock()
		return o.token, nil
	}
	pending := o.pending
	if pending == nil {
		pending = make(chan struct{})
		o.pending = pending
		go o.ask(pending)
	}
	o.mu.Unlock()

	ctx, cancel := context.WithTimeoutCause(ctx, Timeout, errSlow)
	defer cancel()
	select {
	case <-pending:
	case <-ctx.Done():
		return credential.Secret{}, fmt.Errorf("the keyring: %w", context.Cause(ctx))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.token.IsZero() && o.err == nil {
		o.err = ErrNotFound
	}
	if o.err != nil {
		return credential.Secret{}, fmt.Errorf("the keyring: %w", o.err)
	}
	return o.token, nil
}

var errSlow = fmt.Errorf("it did not answer within %s; unlock it, then try again, or keep the token in a file or behind a command", Timeout)

func (o *Origin) ask(pending chan struct{}) {
	text, err := o.Store.Get(o.Site)
	var token credential.Secret
	if err == nil {
		token, err = credential.ParseToken(text)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending, o.err, o.asked = nil, err, o.Now()
	if err == nil {
		o.token = token
	}
	close(pending)
}

// Do runs an act on a keyring, and stops waiting for it after a while.
func Do(ctx context.Context, most time.Duration, act func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("the keyring did not answer within %s", most))
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- act() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
