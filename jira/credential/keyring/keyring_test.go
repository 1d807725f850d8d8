package keyring_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/credential/keyring"
)

// slowStore is a Store that takes a given time for each read.
type slowStore struct {
	takes time.Duration
	token string
	err   error
	asked atomic.Int32
}

func (s *slowStore) Get(string) (string, error) {
	s.asked.Add(1)
	time.Sleep(s.takes)
	return s.token, s.err
}
func (s *slowStore) Set(string, string) error { return nil }
func (s *slowStore) Delete(string) error      { return nil }

// TestOriginAsksOnce checks that concurrent callers share one read, and that
// only a refused token causes another.
func TestOriginAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowStore{takes: time.Second, token: "first-token"}
		o := &keyring.Origin{Site: "https://acme.atlassian.net", Store: store, Now: time.Now}
		get := func(refused string) string {
			s, err := o.Token(t.Context(), credential.NewSecret(refused))
			if err != nil {
				return err.Error()
			}
			return s.Reveal()
		}
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() {
				if got := get(""); got != "first-token" {
					t.Error(got)
				}
			})
		}
		wait.Wait()
		if n := store.asked.Load(); n != 1 {
			t.Errorf("asked %d times for 16 callers", n)
		}
		time.Sleep(time.Minute)
		store.token = "other-token"
		if got := get(""); got != "first-token" || store.asked.Load() != 1 {
			t.Errorf("%q after %d questions, want what is known", got, store.asked.Load())
		}
		if got := get("first-token"); got != "other-token" || store.asked.Load() != 2 {
			t.Errorf("refused: %q after %d questions", got, store.asked.Load())
		}
	})
}

// TestLockedKeyringDoesNotBlock checks that callers give up after the timeout,
// that the read goes on once for all of them, and that its result serves a
// later call.
func TestLockedKeyringDoesNotBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowStore{takes: 20 * time.Second, token: "the-token"}
		o := &keyring.Origin{Store: store, Now: time.Now}
		for range 3 {
			started := time.Now()
			_, err := o.Token(t.Context(), credential.Secret{})
			if err == nil || !strings.Contains(err.Error(), "did not answer within 2s") || time.Since(started) != 2*time.Second {
				t.Errorf("%v after %s", err, time.Since(started))
			}
		}
		if n := store.asked.Load(); n != 1 {
			t.Errorf("%d questions wait at once", n)
		}
		time.Sleep(15 * time.Second) // the user unlocks it
		if s, err := o.Token(t.Context(), credential.Secret{}); err != nil || s.Reveal() != "the-token" {
			t.Errorf("after it was unlocked: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		o = &keyring.Origin{Store: store, Now: time.Now}
		if _, err := o.Token(ctx, credential.Secret{}); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled caller: %v", err)
		}
		time.Sleep(30 * time.Second) // the read ends
	})
}

// TestNoTokenInTheKeyring checks the error for a site without a token.
func TestNoTokenInTheKeyring(t *testing.T) {
	o := &keyring.Origin{Store: &slowStore{err: keyring.ErrNotFound}, Now: time.Now}
	if _, err := o.Token(t.Context(), credential.Secret{}); !errors.Is(err, keyring.ErrNotFound) {
		t.Error(err)
	}
}

// TestNoSessionBusIsStarted checks that no session bus is started if there is
// none: the D-Bus library would run dbus-launch.
func TestNoSessionBusIsStarted(t *testing.T) {
	run := fmt.Sprintf("/run/user/%d", os.Getuid())
	if _, err := os.Stat(run); err == nil || runtime.GOOS != "linux" {
		t.Skip("this system may have a session bus at", run)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte("#!/bin/sh\ntouch "+dir+"/started\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for _, address := range []string{"", "autolaunch:"} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		_, get := keyring.System{}.Get("https://acme.atlassian.net")
		for _, err := range []error{get, keyring.System{}.Set("x", "y"), keyring.System{}.Delete("x")} {
			if err == nil || !strings.Contains(err.Error(), "no session bus") {
				t.Errorf("%q: %v", address, err)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
		t.Error("a bus was started")
	}
}

// TestSystem checks the three operations on go-keyring's mock.
func TestSystem(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	gokeyring.MockInit()
	s := keyring.System{}
	if _, err := s.Get("x"); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("nothing stored: %v", err)
	}
	if err := s.Set("x", "the-token"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get("x"); err != nil || got != "the-token" {
		t.Errorf("%q, %v", got, err)
	}
	if err := s.Delete("x"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete("x"); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
}
