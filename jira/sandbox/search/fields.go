package search

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// kind classifies fields by the type of their values. It decides which
// functions and comparisons apply to a field.
type kind int

// unresolved is the value of the literal Unresolved, which stands for an empty
// resolution.
const unresolved = "-1"

// The kinds of fields.
const (
	kindSet  kind = iota // one of a known set of values
	kindText             // free text, searched by words
	kindUser
	kindSprint
	kindMoment // a date or a point in time
	kindNumber
	kindIssue // an issue's key
)

// field represents a field as JQL sees it. Operators work on comparable values:
// strings that are equal if and only if JQL regards the values as equal, such
// as ids, lower-case labels or RFC 3339 times in UTC. values produces them for
// an issue, resolve for a literal in a query.
type field struct {
	kind kind
	// The supported operators, without those on history.
	ops []jql.Op
	// The issue's comparable values; none if the field is empty.
	values func(*store.Issue) []string
	// The comparable values of a literal; nil if the literal is unknown.
	resolve func(string) []string
	// moment is set for dates alone; it returns the zero time if the field is
	// empty.
	moment func(*store.Issue) time.Time
	// number is set for numbers and issue keys; it reports false if the field
	// is empty.
	number func(*store.Issue) (float64, bool)
	// sort compares two issues in ascending order; nil if ORDER BY does not
	// take the field.
	sort func(a, b *store.Issue) int
}

// The operators of fields with a known set of values, of fields with an order,
// and of text.
var (
	setOps   = []jql.Op{jql.Equals, jql.NotEquals, jql.In, jql.NotIn, jql.Is, jql.IsNot}
	orderOps = append([]jql.Op{jql.Less, jql.LessOrEqual, jql.Greater, jql.GreaterOrEqual}, setOps...)
	textOps  = []jql.Op{jql.Like, jql.NotLike, jql.Is, jql.IsNot}
)

// field returns the field that a query calls f, or nil if there is none. A
// built-in name takes precedence. A custom field is found by its name,
// regardless of case, or as cf[10016]. Entity properties (issue.property[…])
// are not implemented.
func (env Env) field(f jql.Field) *field {
	name := strings.ToLower(f.Name)
	if len(f.Properties) > 0 {
		return nil
	}
	if builtin, ok := builtins[name]; ok {
		return builtin(env)
	}
	for _, def := range env.Site.Fields {
		if def.Custom == "" {
			continue
		}
		if name == strings.ToLower(def.Name) || name == fmt.Sprintf("cf[%d]", def.CustomID) {
			return env.customField(def)
		}
	}
	return nil
}

// builtins maps the lower-case names of system fields, with their aliases, to
// their constructors. The constructors take an Env because most fields resolve
// literals against the site's data, and some only against data that the caller
// may see.
var builtins = map[string]func(Env) *field{
	"project": projectField, "space": projectField, "key": keyField, "issuekey": keyField, "issue": keyField, "id": keyField, "workitem": keyField, "work item": keyField,
	"summary":     textField(func(i *store.Issue) string { return i.Summary }),
	"description": textField(func(i *store.Issue) string { return plainText(i.Description) }),
	"environment": textField(func(i *store.Issue) string { return plainText(i.Environment) }),
	"comment":     textField(commentText),
	"text": textField(func(i *store.Issue) string {
		return i.Summary + "\n" + plainText(i.Description) + "\n" + commentText(i)
	}),
	"status": func(env Env) *field {
		f := setField(func(i *store.Issue) []string { return []string{i.Status.ID} }, func(s string) []string {
			var ids []string
			for _, st := range env.Site.Statuses {
				if st.ID == s || strings.EqualFold(st.Name, s) || strings.EqualFold(st.Untranslated, s) {
					ids = append(ids, st.ID)
				}
			}
			return ids
		})
		f.sort = func(a, b *store.Issue) int { return cmp.Compare(a.Status.ID, b.Status.ID) }
		return f
	},
	"statuscategory": func(Env) *field {
		return setField(func(i *store.Issue) []string { return []string{i.Status.Category.Key} }, func(s string) []string {
			for _, c := range []store.StatusCategory{store.CategoryToDo, store.CategoryInProgress, store.CategoryDone} {
				if strings.EqualFold(s, c.Name) || strings.EqualFold(s, c.Key) || s == fmt.Sprint(c.ID) {
					return []string{c.Key}
				}
			}
			return nil
		})
	},
	"issuetype": typeField, "type": typeField,
	"priority": func(env Env) *field {
		f := namedField(env.Site.Priorities, func(i *store.Issue) []*store.Named { return asList(i.Priority) })
		f.ops = orderOps
		f.sort = func(a, b *store.Issue) int {
			return cmp.Compare(slices.Index(env.Site.Priorities, b.Priority), slices.Index(env.Site.Priorities, a.Priority))
		}
		return f
	},
	"resolution": func(env Env) *field {
		f := namedField(env.Site.Resolutions, func(i *store.Issue) []*store.Named { return asList(i.Resolution) })
		known := f.resolve
		f.values = func(i *store.Issue) []string {
			if i.Resolution == nil {
				return nil
			}
			return []string{i.Resolution.ID}
		}
		f.resolve = func(s string) []string {
			if strings.EqualFold(s, "Unresolved") {
				return []string{unresolved}
			}
			return known(s)
		}
		return f
	},
	"assignee": userField(func(i *store.Issue) *store.User { return i.Assignee }),
	"reporter": userField(func(i *store.Issue) *store.User { return i.Reporter }),
	"creator":  userField(func(i *store.Issue) *store.User { return i.Creator }),
	"labels": func(Env) *field {
		return setField(func(i *store.Issue) []string { return lowered(i.Labels) }, func(s string) []string { return []string{strings.ToLower(s)} })
	},
	"component": func(env Env) *field {
		var all []*store.Named
		for _, p := range env.Site.Projects {
			all = append(all, p.Components...)
		}
		return namedField(all, func(i *store.Issue) []*store.Named { return i.Components })
	},
	"fixversion":      versionField(func(i *store.Issue) []*store.Version { return i.FixVersions }),
	"affectedversion": versionField(func(i *store.Issue) []*store.Version { return i.Versions }),
	"parent":          parentField, "epic link": parentField,
	"sprint":  sprintField,
	"created": momentField(func(i *store.Issue) time.Time { return i.Created }), "createddate": momentField(func(i *store.Issue) time.Time { return i.Created }),
	"updated": momentField(func(i *store.Issue) time.Time { return i.Updated }), "updateddate": momentField(func(i *store.Issue) time.Time { return i.Updated }),
	"resolved": momentField(func(i *store.Issue) time.Time { return i.Resolved }), "resolutiondate": momentField(func(i *store.Issue) time.Time { return i.Resolved }),
	"due": dueField, "duedate": dueField,
	"statuscategorychangeddate": momentField(func(i *store.Issue) time.Time { return i.StatusChanged }),
	"issuelink":                 linkField, "issuelinktype": linkTypeField, "attachments": attachmentsField,
	"votes": countField(func(i *store.Issue) float64 { return float64(len(i.Voters)) }), "watchers": countField(func(i *store.Issue) float64 { return float64(len(i.EffectiveWatchers())) }),
	"watcher": watcherField,
	"rank": func(Env) *field {
		return &field{kind: kindSet, values: func(*store.Issue) []string { return []string{"rank"} }, resolve: func(string) []string { return nil },
			sort: func(a, b *store.Issue) int { return cmp.Compare(a.Rank, b.Rank) }}
	},
}

// plainText returns the text of an ADF document, or "" if it is not valid ADF.
func plainText(doc []byte) string {
	n, err := adf.Decode(doc)
	if err != nil {
		return ""
	}
	return adf.PlainText(n)
}

// commentText returns the text of all comments of an issue, one comment a line.
func commentText(i *store.Issue) string {
	var b strings.Builder
	for _, c := range i.Comments {
		b.WriteString(plainText(c.Body) + "\n")
	}
	return b.String()
}

// asList returns a list of n alone, or nil if n is nil.
func asList(n *store.Named) []*store.Named {
	if n == nil {
		return nil
	}
	return []*store.Named{n}
}

// lowered returns the strings in lower case.
func lowered(in []string) []string {
	var out []string
	for _, s := range in {
		out = append(out, strings.ToLower(s))
	}
	return out
}

// setField returns a field over a known set of values. Two issues sort by their
// values in the order in which values lists them.
func setField(values func(*store.Issue) []string, resolve func(string) []string) *field {
	return &field{kind: kindSet, ops: setOps, values: values, resolve: resolve,
		sort: func(a, b *store.Issue) int { return slices.Compare(values(a), values(b)) }}
}

// namedField returns a field whose values are among all. A literal matches by
// id, or by name regardless of case; it can match several values, for instance
// the components of the same name in several projects.
func namedField(all []*store.Named, get func(*store.Issue) []*store.Named) *field {
	return setField(func(i *store.Issue) []string {
		var ids []string
		for _, n := range get(i) {
			ids = append(ids, n.ID)
		}
		return ids
	}, func(s string) []string {
		var ids []string
		for _, n := range all {
			if n.ID == s || strings.EqualFold(n.Name, s) || strings.EqualFold(n.Untranslated, s) {
				ids = append(ids, n.ID)
			}
		}
		return ids
	})
}

// textField returns the constructor of a text field.
func textField(get func(*store.Issue) string) func(Env) *field {
	return func(Env) *field {
		return &field{kind: kindText, ops: textOps, resolve: func(s string) []string { return []string{s} },
			values: func(i *store.Issue) []string {
				if s := get(i); s != "" {
					return []string{s}
				}
				return nil
			},
			sort: func(a, b *store.Issue) int { return strings.Compare(get(a), get(b)) }}
	}
}

// userField returns the constructor of a field with one user. A literal matches
// by account id or display name, and by e-mail address only if the user shows
// theirs.
func userField(get func(*store.Issue) *store.User) func(Env) *field {
	return func(env Env) *field {
		f := setField(func(i *store.Issue) []string {
			if u := get(i); u != nil {
				return []string{u.ID}
			}
			return nil
		}, func(s string) []string {
			var ids []string
			for _, u := range env.Site.Users {
				if u.ID == s || strings.EqualFold(u.Name, s) || u.ShowEmail && strings.EqualFold(u.Email, s) {
					ids = append(ids, u.ID)
				}
			}
			return ids
		})
		f.kind = kindUser
		return f
	}
}

// projectField returns the project field. A literal matches by id or key, then
// by name; a project that the caller may not browse does not exist for the
// query.
func projectField(env Env) *field {
	return setField(func(i *store.Issue) []string { return []string{i.Project.ID} }, func(s string) []string {
		var byName []string
		for _, p := range env.Site.Projects {
			switch visible := p.Browsers == nil || slices.Contains(p.Browsers, env.User); {
			case !visible:
			case p.ID == s || strings.EqualFold(p.Key, s):
				return []string{p.ID}
			case strings.EqualFold(p.Name, s) && byName == nil:
				byName = []string{p.ID}
			}
		}
		return byName
	})
}

// typeField returns the issue type field. Types of several projects may share a
// name; a literal then stands for all of them.
func typeField(env Env) *field {
	return setField(func(i *store.Issue) []string { return []string{i.Type.ID} }, func(s string) []string {
		var ids []string
		for _, t := range env.Site.Types {
			if t.ID == s || strings.EqualFold(t.Name, s) || strings.EqualFold(t.Untranslated, s) {
				ids = append(ids, t.ID)
			}
		}
		return ids
	})
}

// versionField returns the constructor of a version field. A literal stands for
// the versions of that name in all projects.
func versionField(get func(*store.Issue) []*store.Version) func(Env) *field {
	return func(env Env) *field {
		return setField(func(i *store.Issue) []string {
			var ids []string
			for _, v := range get(i) {
				ids = append(ids, v.ID)
			}
			return ids
		}, func(s string) []string {
			var ids []string
			for _, p := range env.Site.Projects {
				for _, v := range p.Versions {
					if v.ID == s || strings.EqualFold(v.Name, s) {
						ids = append(ids, v.ID)
					}
				}
			}
			return ids
		})
	}
}

// keyField returns the field of the issue itself, under its names key, id and
// issue. Its comparable value is the issue's id, so a literal may also be a key
// that the issue had before it was moved. The operators < and > compare the
// numbers within one project (see compare). Sorting goes by project key, then
// by number: PAY-9 comes before PAY-10.
func keyField(env Env) *field {
	f := setField(func(i *store.Issue) []string { return []string{strconv.FormatInt(i.ID, 10)} }, func(s string) []string {
		if i := env.Site.Issue(s); i != nil && env.Visible(i) {
			return []string{strconv.FormatInt(i.ID, 10)}
		}
		return nil
	})
	f.kind, f.ops = kindIssue, orderOps
	f.number = func(i *store.Issue) (float64, bool) { return float64(i.Number), true }
	f.sort = func(a, b *store.Issue) int {
		return cmp.Or(strings.Compare(a.Project.Key, b.Project.Key), cmp.Compare(a.Number, b.Number))
	}
	return f
}

// parentField returns the parent field. It resolves literals as keyField does
// and compares them with the id of the parent.
func parentField(env Env) *field {
	f := keyField(env)
	f.ops, f.number = setOps, nil
	f.values = func(i *store.Issue) []string {
		if i.Parent == 0 {
			return nil
		}
		return []string{strconv.FormatInt(i.Parent, 10)}
	}
	return f
}

// sprintField returns the sprint field, over all sprints of an issue, closed
// ones included. A literal matches by id or by name regardless of case.
func sprintField(env Env) *field {
	f := setField(func(i *store.Issue) []string {
		var ids []string
		for _, s := range i.Sprints {
			ids = append(ids, fmt.Sprint(s.ID))
		}
		return ids
	}, func(v string) []string {
		var ids []string
		for _, s := range env.Site.Sprints {
			if fmt.Sprint(s.ID) == v || strings.EqualFold(s.Name, v) {
				ids = append(ids, fmt.Sprint(s.ID))
			}
		}
		return ids
	})
	f.kind = kindSprint
	return f
}

// customField returns a custom field, chosen by the type in its definition.
// Fields of an unknown type are searched as text.
func (env Env) customField(def *store.Field) *field {
	switch {
	case def.Type == "number":
		return numberField(func(i *store.Issue) (float64, bool) { v, ok := i.Custom[def.ID].(float64); return v, ok })
	case def.Type == "date":
		return dateField(env, def.ID)
	case def.Type == "datetime":
		return momentField(func(i *store.Issue) time.Time {
			text, _ := i.Custom[def.ID].(string)
			at, _ := time.Parse(store.TimeLayout, text) // the zero moment where it is empty
			return at
		})(env)
	case def.Type == "user":
		return userField(func(i *store.Issue) *store.User { u, _ := i.Custom[def.ID].(*store.User); return u })(env)
	case def.Type == "group" || def.Items == "string" || def.Items == "group" || strings.HasSuffix(def.Custom, ":url") || isAppType(cmp.Or(def.Items, def.Type)):
		return exactField(def)
	case def.Items == "user":
		return usersField(env, def.ID)
	case def.Custom == store.RankFieldType:
		return builtins["rank"](env)
	case def.Custom == store.SprintFieldType:
		return sprintField(env)
	case def.Options != nil:
		return namedField(def.Options, func(i *store.Issue) []*store.Named {
			switch v := i.Custom[def.ID].(type) {
			case *store.Named:
				return asList(v)
			case []*store.Named:
				return v
			case store.Cascade:
				return append(asList(v.Parent), asList(v.Child)...)
			}
			return nil
		})
	}
	return textField(func(i *store.Issue) string {
		switch v := i.Custom[def.ID].(type) {
		case string:
			return v
		case json.RawMessage:
			return plainText(v)
		}
		return ""
	})(env)
}

// isAppType reports whether a type is of another product than Jira, or refers to a
// thing that is compared by its id or name.
func isAppType(kind string) bool {
	return slices.Contains([]string{"team", "version", "project", "cmdb-object-field"}, kind) || strings.HasPrefix(kind, "sd-")
}

// exactField returns a custom field whose text is compared as a whole,
// regardless of case: labels, groups, URLs, and values of other products.
func exactField(def *store.Field) *field {
	return setField(func(i *store.Issue) []string {
		switch v := i.Custom[def.ID].(type) {
		case string:
			return lowered([]string{v})
		case []string:
			return lowered(v)
		case *store.Group:
			return lowered([]string{v.Name})
		case []*store.Group:
			var names []string
			for _, g := range v {
				names = append(names, g.Name)
			}
			return lowered(names)
		case *store.Team:
			return lowered([]string{v.ID, v.Name})
		case *store.Version:
			return lowered([]string{v.ID, v.Name})
		case *store.Project:
			return lowered([]string{v.ID, v.Key, v.Name})
		case store.Request:
			return lowered([]string{v.Type.ID, v.Type.Name})
		case store.App:
			return lowered([]string{string(v)})
		}
		return nil
	}, func(s string) []string { return []string{strings.ToLower(s)} })
}

// watcherField returns the field of an issue's watchers.
func watcherField(env Env) *field {
	f := userField(func(*store.Issue) *store.User { return nil })(env)
	f.values = func(i *store.Issue) []string {
		var ids []string
		for _, u := range i.EffectiveWatchers() {
			ids = append(ids, u.ID)
		}
		return ids
	}
	return f
}
