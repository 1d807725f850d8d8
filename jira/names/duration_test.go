package names_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// TestDurations checks durations as people write them, on a site with a working
// day of 7.5 hours.
func TestDurations(t *testing.T) {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(site)
	defer srv.Close()
	base, _ := url.Parse(srv.URL)
	c, err := jira.New(jira.Options{Base: base, Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		t.Fatal(err)
	}
	n := names.New(c, time.Now)
	for text, want := range map[string]int64{"90m": 5400, "1h 30m": 5400, "1h30m": 5400, "1.5h": 5400, "1,5 h": 5400, "2 hours": 7200, "1d": 27000, "1d 2h": 34200, "1w": 135000, "2 days 30 min": 55800, "0": 0, "0.0": 0, "0m": 0} {
		if got, err := n.Duration(t.Context(), text); err != nil || got != want {
			t.Errorf("%q: %d s, want %d (%v)", text, got, want, err)
		}
	}
	for _, text := range []string{"", "90", "soon", "1x", "h", "-1h", "1h-", "1e9w", "99999999w"} {
		if got, err := n.Duration(t.Context(), text); err == nil {
			t.Errorf("%q is taken for %d s", text, got)
		}
	}
}

// TestEqualEstimatesAndCascades checks that a value equals Jira's own form of
// it.
func TestEqualEstimatesAndCascades(t *testing.T) {
	for _, c := range []struct {
		sent any
		held string
		want bool
	}{
		{map[string]string{"originalEstimate": "570m"}, `{"originalEstimate":"1d 2h","originalEstimateSeconds":34200,"remainingEstimate":"1d"}`, true},
		{map[string]string{"originalEstimate": "60m"}, `{"originalEstimateSeconds":34200}`, false},
		{map[string]any{"id": "1", "child": map[string]string{"id": "2"}}, `{"id":"1","value":"A","child":{"id":"2","value":"B"}}`, true},
		{map[string]any{"id": "1", "child": map[string]string{"id": "2"}}, `{"id":"1","value":"A","child":{"id":"3"}}`, false},
		{map[string]any{"id": "1", "child": map[string]string{"id": "2"}}, `{"id":"1","value":"A"}`, false},
		{map[string]string{"accountId": "-1"}, `{"accountId":"712020:abc"}`, true},
	} {
		if got := names.Equal(c.sent, json.RawMessage(c.held)); got != c.want {
			t.Errorf("%v and %s: %v", c.sent, c.held, got)
		}
	}
}
