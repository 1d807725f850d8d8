package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// repository is the root of the repository, as seen from this package.
const repository = "../.."

// maxReadme is the size of README.md in bytes that people read to the end.
const maxReadme = 12_500

// documents returns the Markdown documents of the repository by their path from
// its root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", ".github/*.md"} {
		files, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(repository, file)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.ToSlash(name)] = string(data)
		}
	}
	if len(out) < 15 {
		t.Errorf("only %d documents", len(out))
	}
	return out
}

// TestReadmeIsShort checks the size of README.md.
func TestReadmeIsShort(t *testing.T) {
	if n := len(documents(t)["README.md"]); n > maxReadme {
		t.Errorf("README.md has %d bytes, at most %d; longer parts belong into docs", n, maxReadme)
	}
}

var (
	fencedBlock = regexp.MustCompile("(?ms)^(`{3,})(\\w*)\n(.*?)^`{3,}$")
	codeSpan    = regexp.MustCompile("`[^`\n]+`")
	link        = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	commandLine = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*(?:jira-mcp|go run \./cmd/jira-mcp)((?: [^#\n]+)?)`)
	headingLine = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

// anchors returns the anchors of a document's headings, as GitHub makes them.
func anchors(text string) map[string]bool {
	out := map[string]bool{}
	for _, m := range headingLine.FindAllStringSubmatch(fencedBlock.ReplaceAllString(text, ""), -1) {
		out[strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return out
}

// TestLinks checks that every link in the documents leads to a file of the
// repository and a heading in it, or to an https address, and that every page
// in docs can be reached from README.md.
func TestLinks(t *testing.T) {
	all := documents(t)
	reached, links := map[string]bool{}, 0
	var follow func(from string)
	follow = func(from string) {
		reached[from] = true
		for _, m := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(fencedBlock.ReplaceAllString(all[from], ""), ""), -1) {
			links++
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				if !strings.HasPrefix(target, "https://") {
					t.Errorf("%s: %s is not an https address", from, m[1])
				}
				continue
			}
			to := from
			if target != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(from), target))
			}
			if _, err := os.Stat(filepath.Join(repository, to)); err != nil {
				t.Errorf("%s: no file %s", from, m[1])
			}
			text, isDocument := all[to]
			if anchor != "" && (!isDocument || !anchors(text)[anchor]) {
				t.Errorf("%s: %s has no heading #%s", from, to, anchor)
			}
			if isDocument && !reached[to] {
				follow(to)
			}
		}
	}
	follow("README.md")
	for name := range all {
		if !reached[name] && !strings.HasPrefix(name, ".github/") {
			t.Errorf("%s cannot be reached from README.md", name)
		}
	}
	if links < 50 {
		t.Errorf("only %d links", links)
	}
}

// TestDocumentedCommands checks that the command lines in the documents name
// commands and flags of the program.
func TestDocumentedCommands(t *testing.T) {
	checked := 0
	for name, text := range documents(t) {
		for _, block := range fencedBlock.FindAllStringSubmatch(text, -1) {
			if block[2] != "sh" {
				continue
			}
			for line := range strings.Lines(strings.ReplaceAll(block[3], "\\\n", " ")) {
				m := commandLine.FindStringSubmatch(line)
				if m == nil {
					continue
				}
				checked++
				if err := checkCommandLine(strings.Fields(m[1])); err != nil {
					t.Errorf("%s: %s: %v", name, strings.TrimSpace(line), err)
				}
			}
		}
	}
	if checked < 25 {
		t.Errorf("only %d command lines", checked)
	}
}

// checkCommandLine returns an error if a command or a flag does not exist.
func checkCommandLine(args []string) error {
	a := &app{stdio: stdio{out: &safeBuffer{}, err: &safeBuffer{}}, lookup: func(string) (string, bool) { return "", false }}
	a.prepare()
	command, rest, err := a.root(args).Find(args)
	if err != nil {
		return err
	}
	for _, arg := range rest {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if !strings.HasPrefix(arg, "--") || name == "" || name == "help" {
			continue
		}
		if command.Flags().Lookup(name) == nil && command.InheritedFlags().Lookup(name) == nil {
			return fmt.Errorf("%s has no flag --%s", command.CommandPath(), name)
		}
	}
	if !command.HasParent() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return fmt.Errorf("no command %s", rest[0])
	}
	return nil
}

// TestDocumentedNames checks that the settings and tools that the documents
// name exist.
func TestDocumentedNames(t *testing.T) {
	settings := map[string]bool{
		"JIRA_MCP_CONTRACTS": true, "JIRA_MCP_TRANSCRIPT": true, // of the tests
	}
	for _, s := range config.Settings() {
		settings[s.Name] = true
		for _, alias := range s.Aliases() {
			settings[alias] = true
		}
	}
	names := map[string]bool{"jira_requests": true, tools.SetupTool: true} // a key of the audit file, and the tool that is listed while settings are missing
	for _, tool := range tools.NewCatalog() {
		names[tool.Name] = true
	}
	setting, tool := regexp.MustCompile(`\bJIRA_[A-Z][A-Z_]*[A-Z]\b`), regexp.MustCompile(`\bjira_[a-z]+(?:_[a-z]+)*\b`)
	for name, text := range documents(t) {
		if name == "CONTRIBUTING.md" {
			continue // its worked examples add a tool and a setting
		}
		for _, s := range setting.FindAllString(text, -1) {
			if !settings[s] {
				t.Errorf("%s: no setting %s", name, s)
			}
		}
		for _, s := range tool.FindAllString(text, -1) {
			if !names[s] {
				t.Errorf("%s: no tool %s", name, s)
			}
		}
	}
}

// documentedCommand is a command for the documentation.
type documentedCommand struct {
	path, short string
	flags       []string
}

// documentedCommands returns the commands below root that people call, in the
// order of the help.
func documentedCommands(root *cobra.Command) []documentedCommand {
	var out []documentedCommand
	for _, c := range root.Commands() {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		if c.HasSubCommands() {
			out = append(out, documentedCommands(c)...)
			continue
		}
		d := documentedCommand{path: c.UseLine(), short: c.Short}
		d.path = strings.TrimSuffix(d.path, " [flags]")
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !f.Hidden {
				d.flags = append(d.flags, "`--"+f.Name+"`")
			}
		})
		out = append(out, d)
	}
	return out
}

// schemaArgument is an argument of a tool for the documentation.
type schemaArgument struct {
	name, kind, doc string
	required        bool
}

// schemaArguments returns the arguments of an input schema in its order.
func schemaArguments(schema json.RawMessage) []schemaArgument {
	var s struct {
		Properties json.RawMessage `json:"properties"`
		Required   []string        `json:"required"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(s.Properties)))
	if _, err := dec.Token(); err != nil {
		return nil
	}
	var out []schemaArgument
	for dec.More() {
		name, err := dec.Token()
		var value argumentSchema
		if err != nil || dec.Decode(&value) != nil {
			return out
		}
		key := fmt.Sprint(name)
		if value.Description == "" {
			value.Description = selfExplanatory[key]
		}
		out = append(out, schemaArgument{name: key, kind: value.kind(), doc: value.doc(), required: slices.Contains(s.Required, key)})
	}
	return out
}

// argumentSchema is the schema of an argument.
type argumentSchema struct {
	Type        any             `json:"type"`
	Description string          `json:"description"`
	Enum        []string        `json:"enum"`
	Items       *argumentSchema `json:"items"`
	Minimum     json.Number     `json:"minimum"`
	Maximum     json.Number     `json:"maximum"`
	MaxItems    json.Number     `json:"maxItems"`
}

// selfExplanatory describes arguments whose names say enough to a model, which
// pays for every word, but not to every person.
var selfExplanatory = map[string]string{
	"dry_run":         "show the change without making it",
	"allow_duplicate": "create it even if an identical issue was created in the last ten minutes or, with jira_create_issue, an issue with the same summary exists",
	"allow_loss":      "allow removing rich content",
	"add_labels":      "labels to add",
	"remove_labels":   "labels to remove",
	"labels":          "labels of the issue",
	"append":          "Markdown to add at the end",
	"body":            "the whole new text in Markdown",
	"base64":          "the content in base64",
	"comment":         "a comment in Markdown",
	"components":      "names of components",
	"count":           "include the approximate number of matches",
	"description":     "the description in Markdown",
	"end":             "date and time of the end",
	"find":            "text in the comment, as shown; must occur once",
	"goal":            "the goal of the sprint",
	"newest_first":    "start with the newest",
	"priority":        "name of the priority",
	"project":         "key or name of the project",
	"replace":         "replacement Markdown",
	"resolution":      "name of the resolution",
	"summary":         "the summary, one line of plain text",
	"text":            "the content as text",
	"type":            "name of the issue type",
	"until":           "last date or time",
	"words":           "the type of the link, in the words of one direction",
}

// kind returns the type in words: text, number, true or false, list of text.
func (a argumentSchema) kind() string {
	switch fmt.Sprint(a.Type) {
	case "array":
		if a.Items != nil {
			return "list of " + a.Items.kind()
		}
		return "list"
	case "string":
		return "text"
	case "integer":
		return "number"
	case "boolean":
		return "true or false"
	case "<nil>":
		return "any value"
	}
	return fmt.Sprint(a.Type)
}

// doc returns the description with the allowed values and limits.
func (a argumentSchema) doc() string {
	parts := []string{}
	if a.Description != "" {
		parts = append(parts, a.Description)
	}
	values := a.Enum
	if a.Items != nil && len(values) == 0 {
		values = a.Items.Enum
	}
	if len(values) > 0 {
		parts = append(parts, "one of `"+strings.Join(values, "` `")+"`")
	}
	switch {
	case a.Minimum != "" && a.Maximum != "":
		parts = append(parts, fmt.Sprintf("%s to %s", a.Minimum, a.Maximum))
	case a.Minimum != "":
		parts = append(parts, fmt.Sprintf("at least %s", a.Minimum))
	case a.Maximum != "":
		parts = append(parts, fmt.Sprintf("at most %s", a.Maximum))
	}
	if a.MaxItems != "" {
		parts = append(parts, fmt.Sprintf("at most %s items", a.MaxItems))
	}
	return strings.Join(parts, "; ")
}
