package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// module is the path of this module, with a trailing slash.
const module = "github.com/seed-7d826362/jira-mcp/"

// toolsOrder lists the packages below tools, lowest first: each may import the
// packages before it, and none after it.
var toolsOrder = []string{"kit", "chart", "internal/text", "internal/keys", "internal/once", "internal/env", "internal/write", "internal/form", "internal/query",
	"issues", "agile", "reports", "policy", "prompts", "", "internal/damage", "internal/toolstest"}

// importRules returns which packages must never import which others, directly
// or indirectly. A forbidden package of this module stands for itself, a
// forbidden module for all its packages.
func importRules() []importRule {
	outer := []string{"github.com/sethvargo/go-envconfig", "github.com/lmittmann/tint", "github.com/spf13/cobra", module + "cmd/jira-mcp"}
	mcp := "github.com/mark3labs/mcp-go"
	rules := []importRule{
		{root: module + "jira", forbidden: append([]string{module + "tools", module + "tools/kit", mcp}, outer...)},
		{root: module + "tools", except: []string{module + "tools/internal/toolstest"}, forbidden: append([]string{module + "jira/sandbox"}, outer...)},
		{root: module + "tools/kit", forbidden: packagesBelow("jira")},
		{root: module + "tools/kit", forbidden: outer},
		{root: module + "jira/sandbox", forbidden: []string{module + "jira", module + "jira/names", module + "jira/report", module + "jira/fence"}},
		{root: module + "jira/adf", forbidden: []string{module + "jira", "net/http"}},
		{root: module + "jira/jql", forbidden: []string{module + "jira", "net/http"}},
		{root: module + "jira/report", forbidden: []string{module + "jira", "net/http"}},
		{root: module + "jira/fence", forbidden: []string{module + "jira"}},
		{root: module + "jira/operation", forbidden: packagesBelow("jira", "jira/operation")},
		{root: module + "jira/key", forbidden: packagesBelow("jira", "jira/key")},
		{root: module + "jira/cache", forbidden: packagesBelow("jira", "jira/cache")},
		{root: module, except: []string{module + "jira/contracttest", module + "tools/internal/toolstest", module + "tools/internal/damage"}, forbidden: []string{"github.com/getkin/kin-openapi", module + "jira/contracttest", module + "tools/internal/toolstest", module + "tools/internal/damage"}},
	}
	for n, p := range toolsOrder {
		var later []string
		for _, q := range toolsOrder[n+1:] {
			later = append(later, strings.TrimSuffix(module+"tools/"+q, "/"))
		}
		rules = append(rules, importRule{root: strings.TrimSuffix(module+"tools/"+p, "/"), exact: true, forbidden: later})
	}
	return rules
}

// importRule forbids imports in the packages at and below a root.
type importRule struct {
	root      string   // the root
	exact     bool     // the rule is for the root only
	except    []string // packages that the rule is not for
	forbidden []string // the forbidden packages and modules
}

// packagesBelow returns the packages of this module at and below a folder,
// except some.
func packagesBelow(folder string, except ...string) []string {
	var out []string
	for _, p := range []string{"jira", "jira/adf", "jira/cache", "jira/contracttest", "jira/credential", "jira/credential/keyring", "jira/fence", "jira/invisible", "jira/jql", "jira/key", "jira/names", "jira/operation", "jira/report", "jira/sandbox"} {
		if isWithin(p, folder) && !slices.Contains(except, p) {
			out = append(out, module+p)
		}
	}
	return out
}

// isWithin reports whether a path is root or below it.
func isWithin(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// listedPackage is a package as go list prints it.
type listedPackage struct {
	ImportPath, Dir string
	GoFiles, Deps   []string
}

// listPackages returns all packages of this module.
func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,GoFiles,Deps", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []listedPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p listedPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// TestImportRules checks that no package imports what importRules forbids, and
// that toolsOrder is complete.
func TestImportRules(t *testing.T) {
	rules := importRules()
	checked := 0
	var tools []string
	for _, p := range listPackages(t) {
		if isWithin(p.ImportPath, module+"tools") {
			tools = append(tools, strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module+"tools"), "/"))
		}
		for _, rule := range rules {
			root := strings.TrimSuffix(rule.root, "/")
			if !isWithin(p.ImportPath, root) || rule.exact && p.ImportPath != root || slices.Contains(rule.except, p.ImportPath) {
				continue
			}
			for _, dep := range p.Deps {
				for _, never := range rule.forbidden {
					checked++
					if dep == never || !strings.HasPrefix(never, module) && isWithin(dep, never) {
						t.Errorf("%s imports %s", p.ImportPath, dep)
					}
				}
			}
		}
	}
	if checked < 5000 {
		t.Errorf("only %d imports were checked", checked)
	}
	want := slices.Clone(toolsOrder)
	slices.Sort(want)
	slices.Sort(tools)
	if !slices.Equal(tools, want) {
		t.Errorf("the packages below tools are %q; the order of imports is declared for %q", tools, want)
	}
}

// maxCycle is how many files of a package below tools may depend on each other
// in a cycle. More cannot be understood one at a time.
const maxCycle = 12

// TestFileCycles checks that no package below tools has a larger cycle of files
// than maxCycle. A file depends on another if it uses something declared there.
func TestFileCycles(t *testing.T) {
	if testing.Short() {
		t.Skip("type-checks all tools")
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports}, module+"tools/...")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			t.Fatal(p.Errors)
		}
		if cycle := largestCycle(fileDependencies(p)); len(cycle) > maxCycle {
			t.Errorf("%s: %d files depend on each other, at most %d may: %s", p.PkgPath, len(cycle), maxCycle, strings.Join(cycle, ", "))
		}
	}
}

// fileDependencies returns the files that each file of a package depends on.
func fileDependencies(p *packages.Package) map[string]map[string]bool {
	declared := map[types.Object]string{}
	name := func(n ast.Node) string { return filepath.Base(p.Fset.Position(n.Pos()).Filename) }
	for _, f := range p.Syntax {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				declared[p.TypesInfo.Defs[d.Name]] = name(f)
			case *ast.GenDecl:
				ast.Inspect(d, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok && p.TypesInfo.Defs[id] != nil {
						declared[p.TypesInfo.Defs[id]] = name(f)
					}
					return true
				})
			}
		}
	}
	edges := map[string]map[string]bool{}
	for _, f := range p.Syntax {
		from := name(f)
		edges[from] = map[string]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if to, ok := declared[p.TypesInfo.Uses[id]]; ok && to != from {
					edges[from][to] = true
				}
			}
			return true
		})
	}
	return edges
}

// largestCycle returns the largest strongly connected component (Tarjan 1972).
func largestCycle(edges map[string]map[string]bool) (largest []string) {
	index, low, onStack := map[string]int{}, map[string]int{}, map[string]bool{}
	var stack []string
	var visit func(string)
	visit = func(v string) {
		index[v] = len(index) + 1
		low[v] = index[v]
		stack, onStack[v] = append(stack, v), true
		for w := range edges[v] {
			if index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if onStack[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] != index[v] {
			return
		}
		at := slices.Index(stack, v)
		for _, w := range stack[at:] {
			onStack[w] = false
		}
		if len(stack)-at > len(largest) {
			largest = slices.Clone(stack[at:])
		}
		stack = stack[:at]
	}
	for v := range edges {
		if index[v] == 0 {
			visit(v)
		}
	}
	return largest
}

// TestLargestCycle checks largestCycle itself with a graph of five files.
func TestLargestCycle(t *testing.T) {
	graph := map[string]map[string]bool{"a": {"b": true}, "b": {"c": true}, "c": {"a": true, "d": true}, "d": {"e": true}, "e": {}}
	cycle := largestCycle(graph)
	slices.Sort(cycle)
	if !slices.Equal(cycle, []string{"a", "b", "c"}) {
		t.Errorf("%q", cycle)
	}
}

// TestSequentialPackages checks that the packages which .ci/run leaves out of
// its run with the race detector start no goroutine and share no state, other
// than values that are computed once.
func TestSequentialPackages(t *testing.T) {
	script, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^sequential='(.+)'$`).FindSubmatch(script)
	if found == nil {
		t.Fatal(".ci/run has no list of sequential packages")
	}
	sequential := regexp.MustCompile(string(found[1]))
	concurrent := regexp.MustCompile(`\bgo func\b|\bgo [a-z]\w*[.(]|\bchan\b|\bsync\.(?:Mutex|RWMutex|WaitGroup|Map|Pool|Cond)\b|"sync/atomic"`)
	files := 0
	for _, p := range listPackages(t) {
		if !sequential.MatchString(p.ImportPath) {
			continue
		}
		for _, name := range p.GoFiles {
			source, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			files++
			for line := range strings.Lines(string(source)) {
				code, _, _ := strings.Cut(line, "//")
				if concurrent.MatchString(code) {
					t.Errorf("%s/%s: %s", p.ImportPath, name, strings.TrimSpace(line))
				}
			}
		}
	}
	if files < 50 {
		t.Errorf("only %d files of sequential packages", files)
	}
}
