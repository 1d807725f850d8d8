// Package keyring keeps API tokens in the system's keyring: the Keychain of
// macOS, the Credential Manager of Windows, the Secret Service of Linux and the
// BSDs. A keyring may be locked and wait for a user who is not there. No call
// to Jira therefore waits for it longer than [Timeout], and the package never
// starts a keyring or a session bus.
//
// [System] is the real keyring, [Origin] reads one site's token from a [Store],
// and [RunWithTimeout] limits the time of other operations, such as storing a
// token.
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

// service is the name under which the keyring lists the tokens.
const service = "jira-mcp"

// Timeout is how long a caller waits for the keyring, which may be locked and
// ask the user for a password.
const Timeout = 2 * time.Second

// ErrNotFound reports that the keyring has no token for a site.
var ErrNotFound = errors.New("the keyring has no token for this site; jira-mcp login stores one")

// Store represents a keyring, with one token for each site. Its methods may
// block for long: go-keyring takes no context, and an unresponsive D-Bus blocks
// it for more than 15 s.
type Store interface {
	// Get returns the site's token, or ErrNotFound.
	Get(site string) (string, error)
	// Set stores the site's token in place of an earlier one.
	Set(site, token string) error
	// Delete removes the site's token; it returns ErrNotFound if there is none.
	Delete(site string) error
}

// System is the [Store] of the operating system.
type System struct{}

// Get implements [Store].
func (System) Get(site string) (string, error) {
	if err := checkAvailable(); err != nil {
		return "", err
	}
	token, err := keyring.Get(service, site)
	return token, describeError(err)
}

// Set implements [Store].
func (System) Set(site, token string) error {
	if err := checkAvailable(); err != nil {
		return err
	}
	return describeError(keyring.Set(service, site, token))
}

// Delete implements [Store].
func (System) Delete(site string) error {
	if err := checkAvailable(); err != nil {
		return err
	}
	return describeError(keyring.Delete(service, site))
}

// describeError translates an error of go-keyring and adds advice on where else
// to keep the token.
func describeError(err error) error {
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return errors.New("this system has no keyring; read the token from a file or a command instead")
	}
	if err != nil {
		return fmt.Errorf("it cannot be used: %w; read the token from a file or a command instead", err)
	}
	return nil
}

// checkAvailable returns an error if the keyring needs a session bus and there
// is none: without one the D-Bus library would start dbus-launch.
func checkAvailable() error {
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
	return errors.New("no session bus, and therefore no keyring (usual on servers and in containers); read the token from a file or a command instead")
}

// Origin is a [credential.Origin]: the token of one site in a keyring. Token
// reads the keyring when the token is first needed and again when Jira has
// refused it.
type Origin struct {
	Site  string // https://example.atlassian.net
	Store Store
	Now   func() time.Time

	mu      sync.Mutex
	token   credential.Secret
	readAt  time.Time     // when the keyring last answered
	pending chan struct{} // closed when the current read ends; nil if there is none
	err     error         // of the last read
}

// String names the keyring.
func (o *Origin) String() string { return "the keyring" }

// minReadInterval is the minimum time between two reads.
const minReadInterval = time.Second

// Token implements [credential.Origin]. The read runs in a goroutine of its
// own, because go-keyring cannot be cancelled; concurrent callers wait for the
// same one. A caller waits for [Timeout] at most. The read then continues and
// its result serves a later call: once the user has unlocked the keyring, calls
// succeed.
func (o *Origin) Token(ctx context.Context, refused credential.Secret) (credential.Secret, error) {
	o.mu.Lock()
	if !o.token.IsZero() && (o.token != refused || o.Now().Sub(o.readAt) < minReadInterval) {
		defer o.mu.Unlock()
		return o.token, nil
	}
	pending := o.pending
	if pending == nil {
		pending = make(chan struct{})
		o.pending = pending
		go o.read(pending)
	}
	o.mu.Unlock()

	ctx, cancel := context.WithTimeoutCause(ctx, Timeout, errTimeout)
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

// errTimeout is the cause of the timeout in Token.
var errTimeout = fmt.Errorf("it did not answer within %s; unlock it and try again, or read the token from a file or a command", Timeout)

// read reads the keyring, stores the result and closes pending.
func (o *Origin) read(pending chan struct{}) {
	text, err := o.Store.Get(o.Site)
	var token credential.Secret
	if err == nil {
		token, err = credential.ParseToken(text)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending, o.err, o.readAt = nil, err, o.Now()
	if err == nil {
		o.token = token
	}
	close(pending)
}

// RunWithTimeout runs act on a keyring and returns its error. If act takes
// longer than most, or ctx ends, Do returns an error at once while act
// continues in the background.
func RunWithTimeout(ctx context.Context, most time.Duration, act func() error) error {
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
