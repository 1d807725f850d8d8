package issues

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// TestStem checks that forms of one word have one stem, which begins each of
// them.
func TestStem(t *testing.T) {
	t.Parallel()
	for want, words := range map[string]string{
		"refund": "refund refunds refunded refunding", "stop": "stop stops stopped stopping", "pag": "page pages paging paged", "quer": "query queries",
		"old": "old older", "class": "class", "pass": "pass passing passed", "90": "90", "été": "été", "支払い": "支払い",
	} {
		for _, w := range strings.Fields(words) {
			if got := stem(w); got != want || !strings.HasPrefix(w, got) {
				t.Errorf("%s: %s, want %s", w, got, want)
			}
		}
	}
}

// TestRankSimilar checks which summaries are similar, and which say the same.
func TestRankSimilar(t *testing.T) {
	t.Parallel()
	const same = "the same: "
	for _, c := range []struct{ summary, other, want string }{
		{"Portal shows blank page when refunding an order older than 90 days", "Refund over the 90-day limit ends in a blank page", "Refund over the 90-day limit ends in a blank page"},
		{"Login fails on Safari", "Safari: login fails sometimes", "Safari: login fails sometimes"},
		{"Login fails on Safari", "Login page is slow", ""},
		{"Login fails on Safari", "LOGIN FAILS, on Safari!", same + "LOGIN FAILS, on Safari!"},
		{"The login fails on Safari", "Login failing for Safari", same + "Login failing for Safari"},
		{"Retry", "Retries", same + "Retries"},
		{"Retry", "Retry the webhook of the payout", ""},
		{"Fix it", "Fix the checkout", ""},
		{"Rotate keys of cluster 1", "Rotate keys of cluster 2", "Rotate keys of cluster 2"},
		{"支払いが失敗する", "支払いが失敗する", same + "支払いが失敗する"},
		{"Readings stop before a power cut", "Readings stop after a power cut", "Readings stop after a power cut"},
		{"Users don't get the mail", "Users get the mail", "Users get the mail"},
		{"Gateway returns wrong status code when card issuer rejects large refund order", "Gateway returns wrong status code when card issuer declines large refund order", same + "Gateway returns wrong status code when card issuer declines large refund order"},
		{"???", "!!!", ""},
		{"???", "???", same + "???"},
		{"Remove API v1", "Remove API v2", "Remove API v2"},
		{"Fix UI tests", "Fix DB tests", "Fix DB tests"},
		{"Deploy gateway to EU", "Deploy gateway to US", "Deploy gateway to US"},
		{"Increase timeout from 30 to 60", "Increase timeout from 60 to 30", "Increase timeout from 60 to 30"},
		{"Release 1.2", "Release 2.1", "Release 2.1"},
		{"C build", "C# build", "C# build"},
		{"Users can log in", "Users cannot log in", "Users cannot log in"},
		{"Readings do not stop after a power cut", "Readings stop after a power cut", "Readings stop after a power cut"},
		{"Weekly security patch run of the staging cluster, week 12", "Weekly security patch run of the staging cluster, week 13", "Weekly security patch run of the staging cluster, week 13"},
	} {
		data, _ := json.Marshal(c.other)
		list := rankSimilar([]jira.Issue{{Key: "PAY-1", Fields: jira.Fields{"summary": data}}}, SimilarQuery{Summary: c.summary})
		got := ""
		if len(list) == 1 {
			got = map[bool]string{true: same}[list[0].Same] + list[0].Summary
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.summary, got, c.want)
		}
	}
}

// TestQueryWords checks the words that are sent to Jira.
func TestQueryWords(t *testing.T) {
	t.Parallel()
	if got, want := queryWords("Refunding the 90-day orders: it's a \"blank\" page!"), []string{"refund*", "90", "day", "order*", "blank*", "page"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
