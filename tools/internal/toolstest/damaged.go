package toolstest

import (
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools/internal/damage"
)

// NewBranchSandbox returns a sandbox with the site of [BranchSite].
func NewBranchSandbox(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{Now: NewClock().Now, Texts: &texts, Setup: BranchSite})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// NewDamaged returns a server with every tool for a sandbox, and the proxy between
// the two. The proxy damages nothing if d is nil.
func NewDamaged(t *testing.T, s *sandbox.Sandbox, d *damage.Damage) (*Server, *damage.Proxy) {
	t.Helper()
	b := &Server{T: t, Clock: NewClock(), Sandbox: s, Schemas: map[string]*jsonschema.Schema{}}
	proxy := &damage.Proxy{Site: b.Sandbox, Damage: d}
	b.Connect(Everything, proxy)
	return b, proxy
}
