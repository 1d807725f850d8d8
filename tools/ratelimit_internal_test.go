package tools

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// TestLimitsNameThemselves checks that a refusal names whom the limit is for and its
// setting: of the process, of the policy file, of an address.
func TestLimitsNameThemselves(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC) }
	stdio := context.Background()
	remote := kit.WithAddress(stdio, "192.0.2.1")
	ofPerson := newRateLimiter(now, 2)
	ofPerson.ofPerson = true
	for _, one := range []struct {
		name    string
		limiter *rateLimiter
		ctx     context.Context
		limit   writeLimit
		allowed int
		says    []string
	}{
		{"stdio", newRateLimiter(now, 2), stdio, writeLimit{2, "JIRA_MCP_WRITES_PER_MINUTE"}, 2, []string{"lets a caller write at most 2 issues", "The setting is JIRA_MCP_WRITES_PER_MINUTE"}},
		{"an address", newRateLimiter(now, 2), remote, writeLimit{2, "JIRA_MCP_WRITES_PER_MINUTE"}, 8, []string{"all callers from one network address together write at most 8 issues", "4 times JIRA_MCP_WRITES_PER_MINUTE", "--trusted-proxies"}},
		{"a person", ofPerson, remote, writeLimit{2, "writes_per_minute in rule \"default\""}, 2, []string{"lets each person write at most 2 issues", "The setting is writes_per_minute in rule"}},
	} {
		for n := range one.allowed {
			if _, err := one.limiter.count(one.ctx, one.limit, 1); err != nil {
				t.Errorf("%s, write %d: %v", one.name, n+1, err)
			}
		}
		_, err := one.limiter.count(one.ctx, one.limit, 1)
		for _, text := range one.says {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: no %q in %v", one.name, text, err)
			}
		}
	}
}

// TestStatesOutliveServers checks that the state of a user is the same for each of
// their servers, and another for others.
func TestStatesOutliveServers(t *testing.T) {
	now := time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)
	states := NewStates(func() time.Time { return now }, 60)
	first, release := states.Of("https://a.example.com", "ana")
	second, releaseSecond := states.Of("https://a.example.com", "ana")
	if first != second {
		t.Error("two servers of one user have two states")
	}
	release()
	release()
	releaseSecond()
	if again, _ := states.Of("https://a.example.com", "ana"); again != first {
		t.Error("the state ended with the servers")
	}
	if other, _ := states.Of("https://a.example.com", "ben"); other == first {
		t.Error("two users share a state")
	}
	for n := range sweepStates {
		_, release := states.Of("https://a.example.com", strings.Repeat("x", n))
		release()
	}
	now = now.Add(stateTTL)
	states.Of("https://a.example.com", "another")
	if n := len(states.of); n != 3 {
		t.Errorf("%d states are kept; two are in use, and one is new", n)
	}
}
