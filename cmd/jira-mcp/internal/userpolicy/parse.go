package userpolicy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/invisible"
	"github.com/seed-7d826362/jira-mcp/jira/key"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// MaxSize is the size of the largest file that is read.
const MaxSize = 1 << 20

// Problems are all errors in a file, one a line.
type Problems []string

// Error implements error.
func (p Problems) Error() string { return strings.Join(p, "\n") }

// Names are the names that rules may use. Nil allows all.
type Names struct{ Toolsets, Effects []string }

// oneOf returns a check that a text is one of some names.
func oneOf(what string, known []string) func(string) (string, error) {
	return func(text string) (string, error) {
		if known == nil || slices.Contains(known, text) {
			return text, nil
		}
		problem := fmt.Sprintf("unknown %s %q", what, text)
		if near := names.Nearest(text, known); near != "" {
			problem += "; did you mean " + near + "?"
		}
		return "", fmt.Errorf("%s; known are %s", problem, strings.Join(known, ", "))
	}
}

// reader collects the problems of a file.
type reader struct {
	known    Names
	problems Problems
}

func (r *reader) complain(at *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf("line %d: ", at.Line)+fmt.Sprintf(format, args...))
}

// Parse reads a file. Unknown names are errors, since a misspelt limit would be none.
// An error is of type [Problems].
func Parse(data []byte, known Names) (*File, error) {
	if len(data) > MaxSize {
		return nil, Problems{"the file is larger than 1 MiB"}
	}
	var document, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(credential.DecodeText(data)))
	if err := decoder.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, Problems{strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	r, f := &reader{known: known}, &File{}
	if len(document.Content) == 0 {
		return nil, Problems{"the file is empty; unset JIRA_MCP_POLICY_FILE if you have no rules"}
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, Problems{"the file has a second YAML document (after ---); put all rules into one document"}
	}
	for name, value := range r.members(document.Content[0], "the file") {
		switch name.Value {
		case "default":
			f.Default = r.rule(value, "default", nil)
			f.Default.Name = "default"
		case "rules":
			f.Rules = r.rules(value)
		default:
			r.complain(name, "unknown name %q; a file has default and rules", name.Value)
		}
	}
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b string) int { return lineOf(a) - lineOf(b) })
		return nil, r.problems
	}
	return f, nil
}

// lineOf returns the line that a problem names.
func lineOf(problem string) (line int) {
	_, _ = fmt.Sscanf(problem, "line %d:", &line)
	return line
}

// members yields the names and values of a mapping, and complains about anything else
// and about names that occur twice.
func (r *reader) members(n *yaml.Node, what string) func(func(name, value *yaml.Node) bool) {
	n = resolved(n)
	return func(yield func(name, value *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			r.complain(n, "%s must be a YAML mapping", what)
			return
		}
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := n.Content[i], resolved(n.Content[i+1])
			if name.Kind != yaml.ScalarNode || name.Tag != "!!str" {
				r.complain(name, "%s has a key that is not a string", what)
				continue
			}
			if seen[name.Value] {
				r.complain(name, "%s occurs twice", name.Value)
			}
			seen[name.Value] = true
			if !yield(name, value) {
				return
			}
		}
	}
}

// resolved returns the value that an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

// rules reads the list of rules.
func (r *reader) rules(n *yaml.Node) []*Rule {
	if n.Kind != yaml.SequenceNode {
		r.complain(n, "rules must be a list; begin each rule with a dash")
		return nil
	}
	if len(n.Content) == 0 {
		r.complain(n, "rules is empty; leave it out")
	}
	var out []*Rule
	for _, one := range n.Content {
		rule := &Rule{Line: one.Line}
		r.rule(resolved(one), "a rule", rule)
		kinds := 0
		for kind, list := range map[string][]string{"account": rule.Accounts, "domain": rule.Domains, "group": rule.Groups} {
			if len(list) > 0 {
				kinds++
				if rule.Name == "" {
					rule.Name = fmt.Sprintf("%s %s (line %d)", kind, strings.Join(list, ", "), rule.Line)
				}
			}
		}
		if kinds != 1 {
			r.complain(one, "a rule requires exactly one of account, domain and group; use default for rules that apply to everybody")
		}
		out = append(out, rule)
	}
	return out
}

// rule reads a rule, or with selectors nil the default, which applies to everybody.
func (r *reader) rule(n *yaml.Node, what string, selectors *Rule) *Rule {
	rule := selectors
	if rule == nil {
		rule = &Rule{Line: n.Line}
	}
	narrows := false
	for name, value := range r.members(n, what) {
		narrows = narrows || !slices.Contains([]string{"name", "account", "domain", "group"}, name.Value) && (name.Value != "deny" || value.Value != "false")
		switch {
		case name.Value == "deny":
			if value.Tag != "!!bool" || value.Decode(&rule.Deny) != nil {
				r.complain(value, "deny must be true or false")
			}
		case name.Value == "writes_per_minute":
			if value.Decode(&rule.Writes) != nil || rule.Writes < 1 {
				r.complain(value, "writes_per_minute must be a number of at least 1; to forbid writes use allow: [read]")
			}
		case name.Value == "toolsets":
			rule.Toolsets = r.texts(name, value, oneOf("toolset", r.known.Toolsets))
		case name.Value == "allow":
			effect := oneOf("effect", r.known.Effects)
			rule.Allow = r.texts(name, value, func(text string) (string, error) { return effect(strings.ToLower(text)) })
		case name.Value == "projects":
			rule.Projects = r.texts(name, value, project)
		case name.Value == "write_projects":
			rule.WriteProjects = r.texts(name, value, project)
		case selectors == nil || !r.selector(name, value, rule):
			r.complain(name, "%s has an unknown name %q; known are %s", what, name.Value, memberNames(selectors != nil))
		}
	}
	if !narrows && n.Kind == yaml.MappingNode {
		r.complain(n, "%s does not restrict anything", what)
	}
	return rule
}

// selector reads a member that says whom a rule applies to, or its name. It reports
// false for others.
func (r *reader) selector(name, value *yaml.Node, rule *Rule) bool {
	switch name.Value {
	case "name":
		texts := r.texts(name, value, nil)
		if len(texts) == 1 {
			rule.Name = texts[0]
		} else if len(texts) > 1 {
			r.complain(value, "a rule has one name")
		}
	case "account":
		rule.Accounts = r.texts(name, value, account)
	case "group":
		rule.Groups = r.texts(name, value, group)
	case "domain":
		rule.Domains = r.texts(name, value, domain)
	default:
		return false
	}
	return true
}

// memberNames lists the names that a rule may have.
func memberNames(hasSelectors bool) string {
	names := "allow, deny, projects, toolsets, write_projects, writes_per_minute"
	if hasSelectors {
		names = "name, account, domain, group, " + names
	}
	return names
}

// texts reads a text or a list of texts, each checked by a function if there is one.
func (r *reader) texts(name, n *yaml.Node, check func(string) (string, error)) []string {
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	var out []string
	for _, one := range list {
		one = resolved(one)
		if one.Kind != yaml.ScalarNode || strings.TrimSpace(one.Value) == "" || !slices.Contains([]string{"!!str", "!!int"}, one.Tag) {
			r.complain(one, "%s must be a text or a list of texts", name.Value)
			continue
		}
		text := strings.TrimSpace(one.Value)
		if check != nil {
			var err error
			if text, err = check(text); err != nil {
				r.complain(one, "%s: %v", name.Value, err)
				continue
			}
		}
		out = append(out, text)
	}
	if len(list) == 0 {
		r.complain(n, "%s is empty; leave it out, or use deny: true", name.Value)
	}
	return out
}

// project checks a project key.
func project(text string) (string, error) {
	if text = strings.ToUpper(text); !key.IsProject(text) {
		return "", fmt.Errorf("%q is not a project key like PAY", text)
	}
	return text, nil
}

// domain checks the domain of an e-mail address.
func domain(text string) (string, error) {
	text = strings.ToLower(strings.TrimPrefix(text, "@"))
	labels := strings.Split(text, ".")
	isWrong := func(label string) bool {
		return label == "" || strings.ContainsFunc(label, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	}
	if len(labels) < 2 || slices.ContainsFunc(labels, isWrong) {
		return "", errors.New("write a domain such as example.com; for several use a list: [a.com, b.com]")
	}
	return text, nil
}

// account checks an account id (contract, accountId: at most 128 characters).
func account(text string) (string, error) {
	isOther := func(r rune) bool {
		return r >= utf8.RuneSelf || r != ':' && r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	if len(text) > 128 || strings.ContainsFunc(text, isOther) {
		return "", errors.New("write a Jira account id such as 712020:5a1d0001-0c3e-4b7a-9d2f-0000000a11ce, which jira_whoami shows; for several use a list: [a, b]")
	}
	return text, nil
}

// group checks the name of a group. A comma is more likely a list without brackets.
func group(text string) (string, error) {
	if strings.Contains(text, ",") || invisible.Clean(text) != text {
		return "", errors.New("write the name of a group; for several use a list: [a, b]")
	}
	return text, nil
}
