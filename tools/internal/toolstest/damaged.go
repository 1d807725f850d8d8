package toolstest

import (
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools/internal/damage"
)

// NewDamaged returns a server for the site of [BranchSite], with every tool, and
// the proxy between the two. The proxy damages nothing if d is nil.
func NewDamaged(t *testing.T, d *damage.Damage) (*Server, *damage.Proxy) {
	t.Helper()
	b := &Server{T: t, Clock: NewClock(), Schemas: map[string]*jsonschema.Schema{}}
	var err error
	if b.Sandbox, err = sandbox.New(sandbox.Options{Now: b.Clock.Now, Texts: &texts, Setup: BranchSite}); err != nil {
		t.Fatal(err)
	}
	proxy := &damage.Proxy{Site: b.Sandbox, Damage: d}
	b.Connect(Everything, proxy)
	return b, proxy
}
