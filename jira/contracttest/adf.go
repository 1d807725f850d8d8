package contracttest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// ADF is Atlassian's JSON schema of Atlassian Document Format.
type ADF struct{ schema *jsonschema.Schema }

var (
	adfMu     sync.Mutex
	adfLoaded *ADF
)

// LoadADF compiles the schema, once a process.
func LoadADF(t testing.TB) *ADF {
	t.Helper()
	dir := Dir(t)
	adfMu.Lock()
	defer adfMu.Unlock()
	if adfLoaded != nil {
		return adfLoaded
	}
	f, err := os.Open(filepath.Join(dir, "adf-schema-full.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	if err := c.AddResource("adf.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("adf.json")
	if err != nil {
		t.Fatal(err)
	}
	adfLoaded = &ADF{schema}
	return adfLoaded
}

// Check reports what is wrong with a document that was decoded from JSON into
// plain Go values.
func (a *ADF) Check(doc any) error { return a.schema.Validate(doc) }
