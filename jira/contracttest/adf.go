package contracttest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// ADF checks documents against Atlassian's JSON schema of Atlassian Document
// Format, with a general JSON Schema validator.
type ADF struct{ schema *jsonschema.Schema }

var (
	// The compiled schema, which all tests of a process share; adfMu guards it.
	adfMu     sync.Mutex
	adfLoaded *ADF
)

// LoadADF returns the compiled schema, and compiles it on the first call in a
// process. It skips or fails the test if the schema is missing (see [Dir]).
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

// Check returns an error if a document violates the schema. The document must
// consist of the Go values that encoding/json decodes into an any.
func (a *ADF) Check(doc any) error { return a.schema.Validate(doc) }
