package issues

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// transitionTools takes issues through their workflow.
type transitionTools struct{ env.Env }

func newTransitionTools(e env.Env) *transitionTools { return &transitionTools{e} }

func defineTransitionTools() []kit.Tool {
	return kit.Group(newTransitionTools,
		kit.Define(kit.Spec{
			Name: "jira_transition_issue", Title: "Move issues", Effect: kit.Transition, Many: true, Toolset: "issues", Default: true,
			Description: "Move one or several issues to a status. What a move requires, or which moves there are, is answered when it does not fit.",
			Permissions: []string{"TRANSITION_ISSUES"},
			Requires:    operation.Keys(jira.OpGetTransitions, jira.OpTransition),
			Optional:    operation.Keys(jira.OpGetIssue, jira.OpAddComment, jira.OpFindUsers, jira.OpMyself, jira.OpStatuses),
		}, (*transitionTools).move),
	)
}

// transitionInput are the arguments of jira_transition_issue.
type transitionInput struct {
	Issue      string            `json:"issue" doc:"key, or several, comma-separated" loose:"true"`
	To         string            `json:"to" doc:"status or name of the move"`
	Via        []string          `json:"via,omitempty" doc:"statuses in between, in order" max:"10"`
	Comment    string            `json:"comment,omitempty" doc:"Markdown; internal in service desks" effect:"comment"`
	Resolution string            `json:"resolution,omitempty"`
	Fields     []form.FieldValue `json:"fields,omitempty" doc:"other fields of its screen" max:"50"`
}

// transitionOutput is the result of jira_transition_issue: of one issue, or of several.
type transitionOutput struct {
	transitionedIssue
	Issues []transitionedIssue `json:"issues,omitempty"` // where several were named
	kit.DryRunResult
}

// transitionedIssue is what became of one issue.
type transitionedIssue struct {
	Issue   string            `json:"issue,omitempty"`
	Status  string            `json:"status,omitempty"`
	Move    string            `json:"move,omitempty"`
	URL     string            `json:"url,omitempty"`
	Via     []string          `json:"via,omitempty"` // the statuses in between that it was in
	Set     map[string]string `json:"set,omitempty"`
	Comment string            `json:"comment,omitempty"` // what became of the comment
	Notes   []string          `json:"notes,omitempty"`
	Error   string            `json:"error,omitempty"` // why it was not moved

	preview *kit.Preview
	verdict string // before the error
}

// Describe implements [kit.Describer].
func (in transitionInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(keys.Split(in.Issue)...)}
}

// Describe implements [kit.Describer].
func (o *transitionOutput) Describe() kit.Description {
	return kit.Description{Targets: o.targets()}
}

// targets returns the keys of what the call was about.
func (o *transitionOutput) targets() []string {
	out := []string{o.Issue}
	for _, i := range o.Issues {
		out = append(out, i.Issue)
	}
	return out
}

// TakeNote implements [kit.NoteTaker].
func (o *transitionOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *transitionOutput) Markdown() string {
	if o.DryRun != nil {
		return o.DryRun.Markdown()
	}
	if len(o.Issues) == 0 {
		return o.markdown()
	}
	var parts []string
	for _, i := range o.Issues {
		parts = append(parts, i.markdown())
	}
	return strings.Join(append(parts, o.Notes...), "\n")
}

func (o *transitionedIssue) markdown() string {
	if o.Error != "" {
		return o.Issue + " " + o.verdict + o.Error
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s is now %s", o.Issue, o.Status)
	if !strings.EqualFold(o.Move, o.Status) {
		fmt.Fprintf(&b, ", by %q", o.Move)
	}
	if len(o.Via) > 0 {
		b.WriteString(", via " + strings.Join(o.Via, ", "))
	}
	b.WriteString(".\n" + o.URL)
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		fmt.Fprintf(&b, "\n%s: %s", name, o.Set[name])
	}
	b.WriteString(text.Prefixed("\nComment: ", o.Comment))
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String()
}

func (m *transitionTools) move(ctx context.Context, in transitionInput) (*transitionOutput, error) {
	list, err := keys.ParseList(in.Issue)
	if err != nil {
		return nil, err
	}
	if len(list) == 1 {
		one, err := m.transitionVia(ctx, list[0], in)
		if err != nil {
			return nil, err
		}
		return &transitionOutput{transitionedIssue: *one, DryRunResult: kit.DryRunResult{DryRun: one.preview}}, nil
	}
	step := func(ctx context.Context, key string) (*transitionedIssue, error) {
		return m.transitionVia(ctx, key, in)
	}
	moved, errs := write.Each(ctx, list, "moving", step, func(key string, err error, uncertain bool) transitionedIssue {
		verdict := "was NOT moved: "
		var part *write.StoppedError
		switch {
		case errors.As(err, &part):
			verdict = "was moved part of the way: "
		case uncertain:
			verdict = "is unsure: "
		}
		return transitionedIssue{Issue: key, Error: kit.ErrorText(err), verdict: verdict}
	})
	out := &transitionOutput{Issues: moved}
	switch {
	case kit.IsDryRun(ctx):
		parts := make([]write.Part, len(list))
		for n, key := range list {
			parts[n] = write.Part{Key: key, Preview: moved[n].preview, Failure: moved[n].markdown()}
			if moved[n].preview != nil {
				moved[n].preview.Also = nil // said of each of them alike
			}
		}
		out.DryRun = write.JoinPreviews("move", parts)
	case len(errs) == len(list):
		return nil, &write.ManyError{Text: out.Markdown(), Errs: errs}
	}
	return out, nil
}

// step makes one move.
func (m *transitionTools) step(ctx context.Context, key string, in transitionInput) (*transitionedIssue, error) {
	var comment *jira.NewComment
	if strings.TrimSpace(in.Comment) != "" {
		body, err := m.Names.Document(ctx, "Comment", in.Comment)
		if err != nil {
			return nil, err
		}
		// Whether customers read along is known only afterwards; where there are
		// none, the mark means nothing.
		comment = &jira.NewComment{Body: body, Internal: true}
	}
	began := m.Now()
	open, err := m.Jira.Transitions(ctx, key)
	if err != nil {
		return nil, err
	}
	step, f, err := m.choose(ctx, key, open, in)
	if err != nil && form.Refreshed(m.Env, err) {
		step, f, err = m.choose(ctx, key, open, in)
	}
	if err != nil {
		return nil, err
	}
	_, onScreen := step.Fields["comment"]
	sent := comment
	if !onScreen {
		sent = nil
	}
	if err = m.send(ctx, key, step, f, sent); write.Rehearsed(err) {
		return m.preview(ctx, key, step, f, comment)
	} else if err != nil && form.Refreshed(m.Env, err) {
		// Jira refused a value: it may be one that was remembered too long.
		if anew, formErr := m.fill(ctx, step, in); formErr == nil && !anew.Same(f) {
			f = anew
			err = m.send(ctx, key, step, f, sent)
		}
	}
	lost, err := write.Written(err, "The move", fmt.Sprintf(`jira_get_issue {"issues":[%q]} shows the status`, key))
	if err != nil {
		if !m.settled(ctx, key, step, began, err) {
			return nil, f.Explain(err)
		}
		lost = true
	}
	out, who := m.arrived(ctx, key, step, f)
	if lost {
		out.Notes = append(out.Notes, "Jira's answer to the move was lost; the status above was read afterwards.")
	}
	if lost && onScreen && comment != nil {
		out.Comment = "sent with the move, whose answer was lost; look with jira_get_issue whether it is there"
		return out, nil
	}
	m.say(ctx, out, comment, onScreen, who)
	return out, nil
}

func (m *transitionTools) send(ctx context.Context, key string, step jira.Transition, form *form.Form, comment *jira.NewComment) error {
	return m.Jira.Transition(ctx, key, jira.TransitionRequest{TransitionID: step.ID, Fields: form.Values, Update: form.Updates, Comment: comment})
}

// preview says what the move would do.
func (m *transitionTools) preview(ctx context.Context, key string, step jira.Transition, f *form.Form, comment *jira.NewComment) (*transitionedIssue, error) {
	issue, err := m.Jira.GetIssue(ctx, key, append(append([]string{"status", "project"}, write.NotifyFields...), f.Sent()...), nil)
	if err != nil {
		return nil, err
	}
	now := names.Format(issue.Fields["status"])
	out := &transitionedIssue{Issue: issue.Key, Status: now, Move: step.Name, URL: m.Jira.BrowseURL(issue.Key)}
	docs := f.Documents()
	changes := append([]kit.Change{{Field: "Status", Before: now, After: step.To.Name}}, f.Changes(issue.Fields)...)
	if comment != nil {
		body, _ := comment.Body.(*adf.Node)
		docs = append(docs, body)
		changes = append(changes, kit.Change{Field: "Comment", After: fmt.Sprintf("%s (seen by %s)", form.CutMiddle(names.Markdown(body)), AudienceOf(issue.Fields).seenBy(false))})
	}
	out.preview = &kit.Preview{Summary: fmt.Sprintf("move %s by %q", issue.Key, step.Name), Changes: changes,
		Also: []string{"Rules of the workflow may change more."}, MayNotify: write.MayNotify(ctx, m.Env, issue.Fields, f.Assigned(), docs...)}
	return out, nil
}

// clockSkew is how far Jira's clock and this one may be apart.
const clockSkew = 2 * time.Minute

// settled looks at the issue after a move whose answer was lost: it was made where
// the issue is where the move leads, and its history has this user bring it there
// since the call began.
func (m *transitionTools) settled(ctx context.Context, key string, step jira.Transition, began time.Time, err error) bool {
	var uncertain *write.UncertainError
	if !errors.As(err, &uncertain) {
		return false
	}
	me, err := m.Jira.Myself(ctx)
	if err != nil {
		return false
	}
	issue, err := m.Jira.GetIssue(ctx, key, []string{"status"}, []string{"changelog"})
	if err != nil || !strings.EqualFold(names.Format(issue.Fields["status"]), step.To.Name) {
		return false
	}
	changes, _ := form.ChangesSince(issue, began.Add(-clockSkew))
	return slices.ContainsFunc(changes, func(c jira.Change) bool {
		return c.Author != nil && c.Author.AccountID == me.AccountID && slices.ContainsFunc(c.Items, func(i jira.ChangeItem) bool {
			return form.IsField(i, "status", "status") && strings.EqualFold(i.To, step.To.Name)
		})
	})
}

// arrived reads the issue after the move. The move was made whatever happens
// here, so nothing here is an error.
func (m *transitionTools) arrived(ctx context.Context, key string, step jira.Transition, form *form.Form) (*transitionedIssue, audience) {
	out := &transitionedIssue{Issue: key, Status: step.To.Name, Move: step.Name, URL: m.Jira.BrowseURL(key), Set: map[string]string{}}
	ids := slices.Sorted(maps.Keys(form.Values))
	ids = append(ids, slices.Sorted(maps.Keys(form.Updates))...)
	issue, err := m.Jira.GetIssue(ctx, key, append([]string{"status", "resolution", "project"}, ids...), nil)
	if err != nil {
		out.Notes = append(out.Notes, "The move was made, but the issue could not be read back: "+err.Error())
		return out, aUnknown
	}
	m.Jira.MarkWritten(issue.ID)
	out.Issue, out.URL = issue.Key, m.Jira.BrowseURL(issue.Key)
	if now := names.Format(issue.Fields["status"]); now != "" && !strings.EqualFold(now, out.Status) {
		out.Notes = append(out.Notes, fmt.Sprintf("Jira accepted the move to %s, but the issue is in %s now: a workflow rule moved it on, or somebody did.", out.Status, now))
		out.Status = now
	}
	for _, id := range ids {
		s := text.Shorten(text.OneLine(names.Format(issue.Fields[id])), 200)
		if form.Updates[id] != nil || names.Equal(form.Values[id], issue.Fields[id]) {
			out.Set[form.Name(id)] = s
			continue
		}
		out.Notes = append(out.Notes, fmt.Sprintf("Not kept by Jira: %s (it is %q; asked for %s)", form.Name(id), s, text.Shorten(form.Asked[id], 80)))
	}
	if r := names.Format(issue.Fields["resolution"]); r != "" {
		out.Set["Resolution"] = r
	}
	return out, AudienceOf(issue.Fields)
}

// say reports the comment, adding it now where the move's screen took none.
// The move stands even if the comment fails.
func (m *transitionTools) say(ctx context.Context, out *transitionedIssue, comment *jira.NewComment, sent bool, who audience) {
	if comment == nil {
		return
	}
	if !sent {
		comment.Internal = who.internal(false)
		if _, err := m.Jira.AddComment(ctx, out.Issue, *comment); jira.OutcomeOf(err) == jira.Unknown {
			out.Comment = "may have been added, its answer was lost; look with jira_get_issue before adding it again"
			return
		} else if err != nil && jira.OutcomeOf(err) != jira.Done {
			out.Comment = "NOT added (the move was made): " + kit.ErrorText(err)
			return
		}
	}
	out.Comment = "added, seen by " + who.seenBy(false)
}

// choose finds the move and fills in its screen. A move's name counts before
// the status it leads to. Which of several moves to one status is meant only
// the caller knows: closing as a duplicate is not resolving.
func (m *transitionTools) choose(ctx context.Context, key string, open []jira.Transition, in transitionInput) (jira.Transition, *form.Form, error) {
	candidates := names.MatchTransitions(open, in.To)
	switch len(candidates) {
	case 0:
		return jira.Transition{}, nil, m.noMove(ctx, key, open, in.To)
	case 1:
	default:
		return jira.Transition{}, nil, severalMoves(in.To, candidates)
	}
	t := candidates[0]
	f, err := m.fill(ctx, t, in)
	if err != nil && !strings.EqualFold(t.Name, t.To.Name) {
		err = fmt.Errorf("%q leads to %s.\n%w", t.Name, t.To.Name, err)
	}
	return t, f, err
}

// severalMoves lists moves to one status with what each asks for.
func severalMoves(to string, candidates []jira.Transition) error {
	var list []string
	for _, t := range candidates {
		var needs []string
		for _, f := range t.Fields {
			if f.Required && !f.HasDefault {
				needs = append(needs, f.Name)
			}
		}
		slices.Sort(needs)
		text := fmt.Sprintf("%q", t.Name)
		if len(needs) > 0 {
			text += " (needs " + strings.Join(needs, ", ") + ")"
		}
		list = append(list, text)
	}
	return kit.NothingChanged("several moves lead to %s; name one as to: %s", to, strings.Join(list, " or "))
}

// fill fills in the screen of one move.
func (m *transitionTools) fill(ctx context.Context, t jira.Transition, in transitionInput) (*form.Form, error) {
	screen := jira.ScreenOf(t.Fields)
	f := form.New(m.Names, screen, "", "resolution")
	if in.Resolution != "" && !slices.ContainsFunc(screen, func(x jira.FieldMeta) bool { return x.ID == "resolution" }) {
		f.Problems = append(f.Problems, fmt.Errorf("this move does not ask for a resolution; leave it out"))
	} else {
		f.Put(ctx, "resolution", in.Resolution, in.Resolution != "")
	}
	f.Fields(ctx, in.Fields)
	f.Require(false, "comment")
	return f, f.Err()
}

// noMove says which moves there are, and where the issue is now.
func (m *transitionTools) noMove(ctx context.Context, key string, open []jira.Transition, to string) error {
	issue, err := m.Jira.GetIssue(ctx, key, []string{"status"}, nil)
	if err != nil {
		return err
	}
	now := names.Format(issue.Fields["status"])
	if len(open) == 0 {
		return kit.NothingChanged("%s is in %s and this server's user may make no move from there", key, now)
	}
	var list []transitionView
	for _, t := range open {
		list = append(list, transitionView{t.Name, t.To.Name})
	}
	if strings.EqualFold(now, strings.TrimSpace(to)) {
		return fmt.Errorf("%s is already in %s. Moves from there: %s", key, now, moves(list))
	}
	return kit.NothingChanged("%s is in %s; no move from there is called %q or leads to it. Moves: %s", key, now, to, moves(list))
}
