package logins_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/logins"
)

// Sites in the tests.
var (
	payments = logins.Site{URL: "https://payments.atlassian.net", Email: "ana@example.com", Auth: "gateway", Expires: "2026-12-31"}
	ledger   = logins.Site{URL: "https://ledger.atlassian.net"}
	own      = logins.Site{URL: "https://jira.example.com:8443", Email: "ana@example.com"}
)

// write writes a file of logins and returns it.
func write(t *testing.T, text string) logins.File {
	t.Helper()
	f := logins.File{Path: filepath.Join(t.TempDir(), "sites.json")}
	if err := os.WriteFile(f.Path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// checkSites checks the sites in a file, and their order.
func checkSites(t *testing.T, f logins.File, want ...logins.Site) {
	t.Helper()
	if got, err := f.Load(); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v (%v)", got, want, err)
	}
}

// TestName checks the short names of sites.
func TestName(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://example.atlassian.net": "example", "https://jira.example.com": "jira.example.com", "https://localhost:8080": "localhost:8080",
		"https://atlassian.net.example.com": "atlassian.net.example.com", "https://exa mple": "https://exa mple", "": "",
	} {
		if got := (logins.Site{URL: address}).Name(); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// TestPutAndRemove checks that sites are added, replaced and removed by their
// address, that the list is sorted by it, and that other entries stay.
func TestPutAndRemove(t *testing.T) {
	t.Parallel()
	f := logins.File{Path: filepath.Join(t.TempDir(), "sites.json")}
	for _, s := range []logins.Site{payments, own, ledger} {
		if err := f.Put(s); err != nil {
			t.Fatal(err)
		}
	}
	checkSites(t, f, own, ledger, payments)
	changed := logins.Site{URL: own.URL, Email: "bo@example.com", Auth: "site"}
	if err := f.Put(changed); err != nil {
		t.Fatal(err)
	}
	checkSites(t, f, changed, ledger, payments)
	if err := f.Remove(ledger.URL); err != nil {
		t.Fatal(err)
	}
	checkSites(t, f, changed, payments)
	if err := f.Remove("https://nothing.atlassian.net"); err != nil {
		t.Fatal(err)
	}
	checkSites(t, f, changed, payments)
	for _, s := range []string{payments.URL, own.URL} {
		if err := f.Remove(s); err != nil {
			t.Fatal(err)
		}
	}
	checkSites(t, f)
}

// TestNoFile checks that there are no sites without a file or its folder, and
// that reading does not create them.
func TestNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{"sites.json", filepath.Join("a", "b", "sites.json")} {
		checkSites(t, logins.File{Path: filepath.Join(dir, path)})
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v (%v)", left, err)
	}
}

// TestModes checks that only the owner can read the file and the folders that
// Put creates, that a file with another mode gets this one, and that no
// temporary file is left.
func TestModes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := logins.File{Path: filepath.Join(dir, "config", "jira-mcp", "sites.json")}
	check := func(when string) {
		t.Helper()
		for path, want := range map[string]os.FileMode{f.Path: 0o600, filepath.Dir(f.Path): 0o700 | os.ModeDir, filepath.Join(dir, "config"): 0o700 | os.ModeDir} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode() != want {
				t.Errorf("%s: %s has the mode %v, want %v", when, path, info.Mode(), want)
			}
		}
		if left, err := os.ReadDir(filepath.Dir(f.Path)); err != nil || len(left) != 1 {
			t.Errorf("%s: the folder has %v (%v)", when, left, err)
		}
	}
	if err := f.Put(payments); err != nil {
		t.Fatal(err)
	}
	check("after Put")
	if err := os.Chmod(f.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(ledger); err != nil {
		t.Fatal(err)
	}
	check("after Put over a file that all can read")
	if err := f.Remove(ledger.URL); err != nil {
		t.Fatal(err)
	}
	check("after Remove")
}

// TestReplacesTheFile checks that the file is replaced and not written over: who
// has the old one open reads all of it.
func TestReplacesTheFile(t *testing.T) {
	t.Parallel()
	f := write(t, `{"sites":[{"url":"https://ledger.atlassian.net"}]}`)
	old, err := os.Open(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if err := f.Put(payments); err != nil {
		t.Fatal(err)
	}
	var content struct{ Sites []logins.Site }
	if err := json.NewDecoder(old).Decode(&content); err != nil || !slices.Equal(content.Sites, []logins.Site{ledger}) {
		t.Errorf("%+v (%v)", content, err)
	}
	checkSites(t, f, ledger, payments)
}

// TestContent checks the JSON of the file: no empty members, and nothing but
// what a [logins.Site] has.
func TestContent(t *testing.T) {
	t.Parallel()
	f := logins.File{Path: filepath.Join(t.TempDir(), "sites.json")}
	for _, s := range []logins.Site{payments, ledger} {
		if err := f.Put(s); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"sites":[{"url":"https://ledger.atlassian.net"},{"url":"https://payments.atlassian.net","email":"ana@example.com","auth":"gateway","expires":"2026-12-31"}]}`
	if got := strings.NewReplacer("\n", "", "  ", "", `": `, `":`).Replace(string(text)); got != want || !strings.HasSuffix(string(text), "\n") {
		t.Errorf("%s", text)
	}
}

// TestBrokenFile checks that a file that cannot be read is an error that names
// it, and that it is not overwritten.
func TestBrokenFile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"nothing": "", "half a file": `{"sites":[{"url":"https://led`, "another type": `{"sites":"none"}`, "a list": `[]`, "text behind it": `{"sites":[]} x`} {
		f := write(t, text)
		for what, do := range map[string]func() error{"Load": func() error { _, err := f.Load(); return err }, "Put": func() error { return f.Put(ledger) }, "Remove": func() error { return f.Remove(ledger.URL) }} {
			if err := do(); err == nil || !strings.Contains(err.Error(), f.Path) || !strings.Contains(err.Error(), "jira-mcp login") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		if now, err := os.ReadFile(f.Path); err != nil || string(now) != text {
			t.Errorf("%s: the file is now %q (%v)", name, now, err)
		}
	}
}

// TestUnknownMembers checks that a file of a later version, with more members,
// can be read.
func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	checkSites(t, write(t, `{"version":2,"sites":[{"url":"https://ledger.atlassian.net","colour":"red"}]}`), ledger)
	checkSites(t, write(t, `{}`))
}

// TestUnusablePaths checks the errors for paths at which no file can be read or
// written.
func TestUnusablePaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), dangling); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a folder": dir, "below a file": filepath.Join(plain, "sites.json")} {
		f := logins.File{Path: path}
		if got, err := f.Load(); err == nil {
			t.Errorf("%s: %v", name, got)
		}
		if err := f.Put(ledger); err == nil {
			t.Errorf("%s: Put reports success", name)
		}
	}
	f := logins.File{Path: filepath.Join(dangling, "sites.json")}
	if err := f.Put(ledger); err == nil {
		t.Error("below a link to nowhere: Put reports success")
	}
	checkSites(t, f)
	f = logins.File{Path: filepath.Join(dir, "folder") + string(filepath.Separator)} // written, but cannot be renamed to a folder
	if err := f.Put(ledger); err == nil {
		t.Error("to the name of a folder: Put reports success")
	}
	if left, err := os.ReadDir(f.Path); err != nil || len(left) > 0 {
		t.Errorf("a failed Put leaves %v (%v)", left, err)
	}
}
