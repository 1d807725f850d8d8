package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"jira-mcp": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			os.Exit(run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}, os.LookupEnv))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true})
}

// TestImportRules checks which packages may import which.
func TestImportRules(t *testing.T) {
	const module = "github.com/seed-7d826362/jira-mcp/"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Deps", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	outside := []string{"github.com/mark3labs/mcp-go", "github.com/sethvargo/go-envconfig", "github.com/lmittmann/tint", "github.com/spf13/cobra", module + "cmd"}
	rules := []struct {
		of     string
		except string
		never  []string
	}{
		{of: module + "jira", never: append([]string{module + "tools"}, outside...)},
		{of: module + "tools/kit", never: []string{module + "jira", "github.com/spf13/cobra", "github.com/sethvargo/go-envconfig", "github.com/lmittmann/tint", module + "cmd"}},
		{of: module + "tools", never: []string{"github.com/spf13/cobra", "github.com/sethvargo/go-envconfig", "github.com/lmittmann/tint", module + "cmd", module + "jira/sandbox"}},
		{of: module + "jira/sandbox", never: []string{module + "jira", module + "jira/names", module + "jira/report"}},
		{of: module + "jira/adf", never: []string{module + "jira", "net/http"}},
		{of: module + "jira/jql", never: []string{module + "jira", "net/http"}},
		{of: module, except: module + "jira/contracttest", never: []string{"github.com/getkin/kin-openapi", module + "jira/contracttest"}},
	}
	checked := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Deps       []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		for _, rule := range rules {
			if !within(p.ImportPath, strings.TrimSuffix(rule.of, "/")) || p.ImportPath == rule.except {
				continue
			}
			for _, dep := range p.Deps {
				for _, never := range rule.never {
					checked++
					// A rule for a package of this module forbids that package
					// alone, a rule for another module forbids all its
					// packages.
					if dep == never || !strings.HasPrefix(never, module) && within(dep, never) {
						t.Errorf("%s imports %s", p.ImportPath, dep)
					}
				}
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d imports were looked at", checked)
	}
}

func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
