package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// findTransition returns the transition that in.To names, with its screen
// filled in. The name of a transition counts before the name of the status that
// it leads to. If several transitions lead to the status, it returns an error
// that lists them, since only the caller knows which one is meant: closing an
// issue as a duplicate is not the same as resolving it.
func (tt *transitionTools) findTransition(ctx context.Context, key string, open []jira.Transition, in transitionInput) (jira.Transition, *form.Form, error) {
	candidates := names.MatchTransitions(open, in.To)
	switch len(candidates) {
	case 0:
		return jira.Transition{}, nil, tt.unknownTransition(ctx, key, open, in.To)
	case 1:
	default:
		return jira.Transition{}, nil, ambiguousTransition(in.To, candidates)
	}
	t := candidates[0]
	f, err := tt.fillScreen(ctx, t, in)
	if err != nil && !strings.EqualFold(t.Name, t.To.Name) {
		err = fmt.Errorf("%q leads to %s.\n%w", t.Name, t.To.Name, err)
	}
	return t, f, err
}

// ambiguousTransition returns the error for a name that several transitions have
// or lead to: it lists them by name, target and id, with the fields that each
// requires. Two transitions can have one name, so that only the id tells them
// apart.
func ambiguousTransition(to string, candidates []jira.Transition) error {
	var list []string
	for _, t := range candidates {
		var needs []string
		for _, f := range t.Fields {
			if f.Required && !f.HasDefault {
				needs = append(needs, f.Name)
			}
		}
		slices.Sort(needs)
		text := fmt.Sprintf("%s → %s (%s", t.Name, t.To.Name, t.ID)
		if len(needs) > 0 {
			text += ", needs " + strings.Join(needs, ", ")
		}
		list = append(list, text+")")
	}
	return kit.NothingChanged("several transitions fit %q; use the name or the id of one as to: %s", to, strings.Join(list, "; "))
}

// fillScreen returns the filled-in screen of a transition. A resolution is sent
// even if the screen does not list one: Jira lists too little for some
// transitions, and refuses a resolution that does not fit.
func (tt *transitionTools) fillScreen(ctx context.Context, t jira.Transition, in transitionInput) (*form.Form, error) {
	screen := jira.SortedFields(t.Fields)
	f := form.New(tt.Names, screen, "", "resolution")
	if in.Resolution != "" && !slices.ContainsFunc(screen, func(x jira.FieldMeta) bool { return x.ID == "resolution" }) {
		f.Values["resolution"], f.Requested["resolution"] = map[string]string{"name": strings.TrimSpace(in.Resolution)}, in.Resolution
	} else {
		f.Set(ctx, "resolution", in.Resolution, in.Resolution != "")
	}
	f.SetFields(ctx, in.Fields)
	f.CheckRequired(false, "comment")
	return f, f.Err()
}

// unknownTransition returns the error for a name that no available transition
// has: it gives the present status and the available transitions, or says that
// the issue is in the status already.
func (tt *transitionTools) unknownTransition(ctx context.Context, key string, open []jira.Transition, to string) error {
	issue, err := tt.Jira.GetIssue(ctx, key, []string{"status"}, nil)
	if err != nil {
		return err
	}
	now := names.Format(issue.Fields["status"])
	if len(open) == 0 {
		return kit.NothingChanged("%s is in %s, and no transition from there is available to this server's user", key, now)
	}
	var list []transitionView
	for _, t := range open {
		list = append(list, transitionView{t.Name, t.To.Name})
	}
	if strings.EqualFold(now, strings.TrimSpace(to)) {
		return fmt.Errorf("%s is already in %s. Transitions from there: %s", key, now, transitionNames(list))
	}
	return kit.NothingChanged("%s is in %s; no transition from there is named %q or leads to that status. Transitions: %s", key, now, to, transitionNames(list))
}

// explainRefusal adds names and advice to Jira's refusal of a transition. A
// validator of the workflow can require a field that is on no screen of the
// transition; it has to be set before.
func (tt *transitionTools) explainRefusal(ctx context.Context, key string, f *form.Form, err error) error {
	err = f.Explain(err)
	var e *jira.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	all, fieldsErr := tt.Names.Fields(ctx)
	if fieldsErr != nil {
		return err
	}
	explained, named := *e, map[string]string{}
	for id, message := range e.Fields {
		name := names.FieldName(all, id)
		_, wasSent := f.Values[id]
		onScreen := slices.ContainsFunc(f.Screen, func(m jira.FieldMeta) bool { return m.ID == id })
		switch {
		case name == id || onScreen: // f.Explain has named the fields of the screen
		case wasSent:
			explained.Advice = fmt.Sprintf("This transition does not accept %s; leave it out.", name)
		default:
			explained.Advice = fmt.Sprintf("The workflow checks %s before the transition. Set it first: jira_update_issue {\"issue\":%q,\"fields\":[{\"name\":%q,\"value\":…}]}", name, key, name)
		}
		named[name] = message
	}
	explained.Fields = named
	return &explained
}
