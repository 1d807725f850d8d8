package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	issuekey "github.com/seed-7d826362/jira-mcp/jira/key"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// findTransition returns the transition that in.To names, with its screen
// filled in. The name of a transition counts before the name of the status that
// it leads to.
func (tt *transitionTools) findTransition(ctx context.Context, issue *subject, open []jira.Transition, in transitionInput) (jira.Transition, *form.Form, error) {
	candidates, byStatus := names.MatchTransitions(open, in.To)
	if len(candidates) == 0 {
		return jira.Transition{}, nil, tt.unknownTransition(ctx, issue, open, in)
	}
	t, err := tt.chooseTransition(ctx, candidates, byStatus, in)
	if err != nil {
		return jira.Transition{}, nil, err
	}
	if t.IsGlobal && names.IsCalled(in.To, t.To.Names()...) {
		// A global transition is available in its own target as well: there it
		// changes no status, but the workflow runs its rules again.
		if now, err := issue.read(ctx); err != nil {
			return jira.Transition{}, nil, err
		} else if strings.EqualFold(names.Format(now.Fields["status"]), t.To.Name) {
			return jira.Transition{}, nil, kit.NothingChanged("%s already has the status %s", now.Key, t.To.Name)
		}
	}
	f, err := tt.fillScreen(ctx, issue.key, t, in)
	if err != nil && !strings.EqualFold(t.Name, t.To.Name) {
		err = fmt.Errorf("%q leads to %s.\n%w", t.Name, t.To.Name, err)
	}
	return t, f, err
}

// chooseTransition returns the transition that is meant among those that fit
// in.To. Of several to one status it is the one named like the status, or the
// only one that takes the given fields and whose name holds no other resolution
// than the requested one: closing an issue as a duplicate is not the same as
// resolving it. If that does not decide, the error lists the transitions. A
// transition whose name holds another resolution has to be named in in.To, even
// if it is the only one.
func (tt *transitionTools) chooseTransition(ctx context.Context, candidates []jira.Transition, byStatus bool, in transitionInput) (jira.Transition, error) {
	for _, t := range candidates {
		if t.To.ID != candidates[0].To.ID {
			return t, ambiguousTransition(in.To, candidates)
		}
	}
	if len(candidates) == 1 && !byStatus {
		return candidates[0], nil
	}
	other := tt.otherResolutions(ctx, candidates, in.Resolution)
	plain := slices.DeleteFunc(slices.Clone(candidates), func(t jira.Transition) bool { return other[t.ID] != "" })
	if len(plain) == 0 && len(candidates) == 1 {
		t := candidates[0]
		return t, kit.NothingChanged("the only transition to %s from the present status is %q (%s), whose name implies the resolution %s; to use it, set to: %q", t.To.Name, t.Name, t.ID, other[t.ID], t.Name)
	}
	if taking := slices.DeleteFunc(slices.Clone(plain), func(t jira.Transition) bool { return !takesFields(t, in) }); len(taking) > 0 {
		plain = taking
	}
	if named := slices.DeleteFunc(slices.Clone(plain), func(t jira.Transition) bool { return !strings.EqualFold(t.Name, t.To.Name) }); len(named) == 1 {
		return named[0], nil
	}
	if len(plain) == 1 {
		return plain[0], nil
	}
	return candidates[0], ambiguousTransition(in.To, candidates)
}

// otherResolutions returns, by transition id, the resolutions that the names of
// transitions hold, without the requested one. Only transitions to a status of
// finished work have a resolution; without a category it may be one.
func (tt *transitionTools) otherResolutions(ctx context.Context, list []jira.Transition, requested string) map[string]string {
	out := map[string]string{}
	if category := list[0].To.Category.Key; category != "" && category != "done" {
		return out
	}
	resolutions, err := tt.Names.Resolutions(ctx)
	if err != nil {
		resolutions = defaultResolutions()
		kit.AddNote(ctx, "The site's resolutions could not be read, so the transition was chosen with those of new sites: "+err.Error())
	}
	for _, t := range list {
		for _, v := range t.Fields["resolution"].Allowed {
			resolutions = append(slices.Clip(resolutions), v.DisplayName())
		}
	}
	for _, t := range list {
		if r := names.ResolutionInName(t.Name, t.To.Name, resolutions); !strings.EqualFold(r, strings.TrimSpace(requested)) {
			out[t.ID] = r
		}
	}
	return out
}

// defaultResolutions returns the resolutions of new sites, apart from Done.
func defaultResolutions() []string { return []string{"Won't Do", "Duplicate", "Cannot Reproduce"} }

// takesFields reports whether the screen of a transition has all fields that a
// call gives.
func takesFields(t jira.Transition, in transitionInput) bool {
	screen := jira.SortedFields(t.Fields)
	if _, ok := t.Fields["resolution"]; in.Resolution != "" && !ok {
		return false
	}
	return !slices.ContainsFunc(in.Fields, func(v form.FieldValue) bool {
		_, err := names.FindField(screen, v.Name)
		return err != nil
	})
}

// subject is the issue of a transition, which is read once and only if a
// decision depends on it.
type subject struct {
	key   string
	fetch func(ctx context.Context) (jira.Issue, error)
	issue *jira.Issue
}

// subjectFields are the fields that decisions about a transition depend on.
var subjectFields = []string{"status", "project", "issuetype"}

// newSubject returns the issue with a key.
func (tt *transitionTools) newSubject(key string) *subject {
	return &subject{key: key, fetch: func(ctx context.Context) (jira.Issue, error) {
		return tt.Jira.GetIssue(ctx, key, subjectFields, nil)
	}}
}

// read returns the issue with the fields subjectFields.
func (s *subject) read(ctx context.Context) (jira.Issue, error) {
	if s.issue != nil {
		return *s.issue, nil
	}
	issue, err := s.fetch(ctx)
	if err == nil {
		s.issue = &issue
	}
	return issue, err
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
func (tt *transitionTools) fillScreen(ctx context.Context, key string, t jira.Transition, in transitionInput) (*form.Form, error) {
	screen := jira.SortedFields(t.Fields)
	project, _, _ := issuekey.SplitIssue(key) // of an id it is not known
	f := form.New(tt.Names, screen, project, "resolution")
	f.Issue = key
	if in.Resolution != "" && !slices.ContainsFunc(screen, func(x jira.FieldMeta) bool { return x.ID == "resolution" }) {
		f.Values["resolution"], f.Requested["resolution"] = map[string]string{"name": strings.TrimSpace(in.Resolution)}, in.Resolution
	} else {
		f.Set(ctx, "resolution", in.Resolution, in.Resolution != "")
	}
	f.SetFields(ctx, in.Fields)
	f.CheckRequired(false, "comment")
	if t.Fields["comment"].Required && strings.TrimSpace(in.Comment) == "" {
		f.Problems = append(f.Problems, errors.New("this transition requires a comment; set comment"))
	}
	return f, f.Err()
}

// unknownTransition returns the error for a name that no available transition
// has: it gives the present status and the available transitions, or says that
// the issue is in the status already. If other issues show a path to the status,
// the error has the call that takes it; if the workflow has no such status, it
// lists those that it has.
func (tt *transitionTools) unknownTransition(ctx context.Context, issue *subject, open []jira.Transition, in transitionInput) error {
	read, err := issue.read(ctx)
	if err != nil {
		return err
	}
	now := names.Format(read.Fields["status"])
	if len(open) == 0 {
		return kit.NothingChanged("%s has the status %s, and no transition from there is available to this server's user", issue.key, now)
	}
	list := newTransitionViews(open, now)
	status, _ := jira.Value[jira.Status](read.Fields, "status")
	if names.IsCalled(in.To, append(status.Names(), now)...) {
		return fmt.Errorf("%s already has the status %s. Transitions from there: %s", issue.key, now, transitionNames(list))
	}
	text := fmt.Sprintf("%s has the status %s; no transition from there is named %q or leads to that status. Transitions: %s", issue.key, now, in.To, transitionNames(list))
	if more := tt.describePath(ctx, read, open, in); more != "" {
		text += ".\n" + more
	}
	return kit.NothingChanged("%s", text)
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
