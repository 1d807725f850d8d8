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

type kind int

// unresolved is what the literal Unresolved stands for: the empty resolution.
const unresolved = "-1"

const (
	kindSet kind = iota // one of known values
	kindText
	kindUser
	kindSprint
	kindMoment
	kindNumber
	kindIssue
)

// field is a field as JQL sees it.
type field struct {
	kind    kind
	ops     []jql.Op
	values  func(*store.Issue) []string // comparable values; none when empty
	resolve func(string) []string       // a literal's comparable values; nil when unknown
	moment  func(*store.Issue) time.Time
	number  func(*store.Issue) (float64, bool)
	sort    func(a, b *store.Issue) int
}

var (
	setOps   = []jql.Op{jql.Equals, jql.NotEquals, jql.In, jql.NotIn, jql.Is, jql.IsNot}
	orderOps = append([]jql.Op{jql.Less, jql.LessOrEqual, jql.Greater, jql.GreaterOrEqual}, setOps...)
	textOps  = []jql.Op{jql.Like, jql.NotLike, jql.Is, jql.IsNot}
)

// field finds a field by the name a query uses; nil when there is none.
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
			return env.custom(def)
		}
	}
	return nil
}

var builtins = map[string]func(Env) *field{
	"project": projectField, "space": projectField, "key": keyField, "issuekey": keyField, "issue": keyField, "id": keyField, "workitem": keyField, "work item": keyField,
	"summary":     textField(func(i *store.Issue) string { return i.Summary }),
	"description": textField(func(i *store.Issue) string { return plain(i.Description) }),
	"environment": textField(func(i *store.Issue) string { return plain(i.Environment) }),
	"comment":     textField(comments),
	"text": textField(func(i *store.Issue) string {
		return i.Summary + "\n" + plain(i.Description) + "\n" + comments(i)
	}),
	"status": func(env Env) *field {
		f := named(func(i *store.Issue) []string { return []string{i.Status.ID} }, func(s string) []string {
			var ids []string
			for _, st := range env.Site.Statuses {
				if st.ID == s || strings.EqualFold(st.Name, s) {
					ids = append(ids, st.ID)
				}
			}
			return ids
		})
		f.sort = func(a, b *store.Issue) int { return cmp.Compare(a.Status.ID, b.Status.ID) }
		return f
	},
	"statuscategory": func(Env) *field {
		return named(func(i *store.Issue) []string { return []string{i.Status.Category.Key} }, func(s string) []string {
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
		f := namedList(env.Site.Priorities, func(i *store.Issue) []*store.Named { return one(i.Priority) })
		f.ops = orderOps
		f.sort = func(a, b *store.Issue) int {
			return cmp.Compare(slices.Index(env.Site.Priorities, b.Priority), slices.Index(env.Site.Priorities, a.Priority))
		}
		return f
	},
	"resolution": func(env Env) *field {
		f := namedList(env.Site.Resolutions, func(i *store.Issue) []*store.Named { return one(i.Resolution) })
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
		return named(func(i *store.Issue) []string { return lowered(i.Labels) }, func(s string) []string { return []string{strings.ToLower(s)} })
	},
	"component": func(env Env) *field {
		var all []*store.Named
		for _, p := range env.Site.Projects {
			all = append(all, p.Components...)
		}
		return namedList(all, func(i *store.Issue) []*store.Named { return i.Components })
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
	"votes": countField(func(i *store.Issue) float64 { return float64(len(i.Voters)) }), "watchers": countField(func(i *store.Issue) float64 { return float64(len(i.Watching())) }),
	"watcher": watcherField,
	"rank": func(Env) *field {
		return &field{kind: kindSet, values: func(*store.Issue) []string { return []string{"rank"} }, resolve: func(string) []string { return nil },
			sort: func(a, b *store.Issue) int { return cmp.Compare(a.Rank, b.Rank) }}
	},
}

func plain(doc []byte) string {
	n, err := adf.Decode(doc)
	if err != nil {
		return ""
	}
	return adf.PlainText(n)
}

func comments(i *store.Issue) string {
	var b strings.Builder
	for _, c := range i.Comments {
		b.WriteString(plain(c.Body) + "\n")
	}
	return b.String()
}

func one(n *store.Named) []*store.Named {
	if n == nil {
		return nil
	}
	return []*store.Named{n}
}

func lowered(in []string) []string {
	var out []string
	for _, s := range in {
		out = append(out, strings.ToLower(s))
	}
	return out
}

func named(values func(*store.Issue) []string, resolve func(string) []string) *field {
	return &field{kind: kindSet, ops: setOps, values: values, resolve: resolve,
		sort: func(a, b *store.Issue) int { return slices.Compare(values(a), values(b)) }}
}

func namedList(all []*store.Named, get func(*store.Issue) []*store.Named) *field {
	return named(func(i *store.Issue) []string {
		var ids []string
		for _, n := range get(i) {
			ids = append(ids, n.ID)
		}
		return ids
	}, func(s string) []string {
		var ids []string
		for _, n := range all {
			if n.ID == s || strings.EqualFold(n.Name, s) {
				ids = append(ids, n.ID)
			}
		}
		return ids
	})
}

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

func userField(get func(*store.Issue) *store.User) func(Env) *field {
	return func(env Env) *field {
		f := named(func(i *store.Issue) []string {
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

func projectField(env Env) *field {
	return named(func(i *store.Issue) []string { return []string{i.Project.ID} }, func(s string) []string {
		for _, p := range env.Site.Projects {
			visible := p.Browsers == nil || slices.Contains(p.Browsers, env.User)
			if visible && (p.ID == s || strings.EqualFold(p.Key, s) || strings.EqualFold(p.Name, s)) {
				return []string{p.ID}
			}
		}
		return nil
	})
}

func typeField(env Env) *field {
	return named(func(i *store.Issue) []string { return []string{i.Type.ID} }, func(s string) []string {
		var ids []string
		for _, t := range env.Site.Types {
			if t.ID == s || strings.EqualFold(t.Name, s) {
				ids = append(ids, t.ID)
			}
		}
		return ids
	})
}

func versionField(get func(*store.Issue) []*store.Version) func(Env) *field {
	return func(env Env) *field {
		return named(func(i *store.Issue) []string {
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

func keyField(env Env) *field {
	f := named(func(i *store.Issue) []string { return []string{strconv.FormatInt(i.ID, 10)} }, func(s string) []string {
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

func sprintField(env Env) *field {
	f := named(func(i *store.Issue) []string {
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

// custom is a custom field by its type.
func (env Env) custom(def *store.Field) *field {
	switch {
	case def.Type == "number":
		return numberField(func(i *store.Issue) (float64, bool) { v, ok := i.Custom[def.ID].(float64); return v, ok })
	case def.Type == "date":
		return dateField(env, def.ID)
	case def.Type == "datetime":
		return momentField(func(i *store.Issue) time.Time {
			text, _ := i.Custom[def.ID].(string)
			at, _ := time.Parse("2006-01-02T15:04:05.000-0700", text) // the zero moment where it is empty
			return at
		})(env)
	case def.Type == "user":
		return userField(func(i *store.Issue) *store.User { u, _ := i.Custom[def.ID].(*store.User); return u })(env)
	case def.Type == "group" || def.Items == "string" || strings.HasSuffix(def.Custom, ":url"):
		return exactField(def)
	case def.Items == "user":
		return usersField(env, def.ID)
	case def.Custom == "com.pyxis.greenhopper.jira:gh-lexo-rank":
		return builtins["rank"](env)
	case def.Custom == "com.pyxis.greenhopper.jira:gh-sprint":
		return sprintField(env)
	case def.Options != nil:
		return namedList(def.Options, func(i *store.Issue) []*store.Named {
			switch v := i.Custom[def.ID].(type) {
			case *store.Named:
				return one(v)
			case []*store.Named:
				return v
			case store.Cascade:
				return append(one(v.Parent), one(v.Child)...)
			}
			return nil
		})
	}
	return textField(func(i *store.Issue) string {
		switch v := i.Custom[def.ID].(type) {
		case string:
			return v
		case json.RawMessage:
			return plain(v)
		}
		return ""
	})(env)
}

// exactField compares texts as a whole: labels, groups, addresses.
func exactField(def *store.Field) *field {
	return named(func(i *store.Issue) []string {
		switch v := i.Custom[def.ID].(type) {
		case string:
			return lowered([]string{v})
		case []string:
			return lowered(v)
		case *store.Group:
			return lowered([]string{v.Name})
		}
		return nil
	}, func(s string) []string { return []string{strings.ToLower(s)} })
}

func watcherField(env Env) *field {
	f := userField(func(*store.Issue) *store.User { return nil })(env)
	f.values = func(i *store.Issue) []string {
		var ids []string
		for _, u := range i.Watching() {
			ids = append(ids, u.ID)
		}
		return ids
	}
	return f
}
