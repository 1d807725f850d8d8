package sandboxtest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/sandboxtest"
)

// TestStart checks that the site answers at its own address and at the
// gateway's, to the tokens that Jira would accept there.
func TestStart(t *testing.T) {
	t.Parallel()
	site := sandboxtest.Start(t, sandbox.Options{})
	if site.Base.String() != site.URL || site.IssueCount() < 250 {
		t.Errorf("base %s, %d issues", site.Base, site.IssueCount())
	}
	for _, c := range []struct {
		name, base, basic, bearer string
		status                    int
	}{
		{"classic token at the site", site.URL, sandbox.ClassicToken, "", http.StatusOK},
		{"classic token at the gateway", site.Gateway(), sandbox.ClassicToken, "", http.StatusUnauthorized},
		{"scoped token at the gateway", site.Gateway(), sandbox.ScopedToken, "", http.StatusOK},
		{"access token at the gateway", site.Gateway(), "", sandbox.OAuthToken, http.StatusOK},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/rest/api/3/myself", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.basic != "" {
			req.SetBasicAuth(sandbox.Email, c.basic)
		} else {
			req.Header.Set("Authorization", "Bearer "+c.bearer)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var me struct{ EmailAddress string }
		err = json.NewDecoder(resp.Body).Decode(&me)
		resp.Body.Close()
		if resp.StatusCode != c.status || c.status == http.StatusOK && (err != nil || me.EmailAddress != sandbox.Email) {
			t.Errorf("%s: status %d, want %d; %v, %v", c.name, resp.StatusCode, c.status, me, err)
		}
	}
}
