package seed

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/workflow"
)

// Fill sets up the site's data. It adds copies of the written issues (about
// 250) until the site has at least size issues; a smaller size changes nothing.
//
// Ids and keys come from the site's counters, so they depend on the order of
// the steps.
func Fill(s *store.Site, size int, texts *Texts) error {
	now := s.Now().UTC()
	s.CloudID, s.Title = "5ba1d0c5-cafe-4c0f-b0a7-0123456789ab", "Sandbox"
	fillVocabulary(s)
	fillProjects(s, now)
	fillBoards(s, now)
	b := &builder{s: s, now: now, texts: texts, rng: rand.New(rand.NewPCG(7, 11)), bySummary: map[string]*store.Issue{}}
	for _, fill := range []func() error{b.pay, b.ops, b.help, b.docs, b.secret, b.mob, b.lab} {
		if err := fill(); err != nil {
			return err
		}
	}
	b.addLinks()
	for _, i := range b.all {
		s.Put(i)
	}
	// OPS-5 had the key PAY-1000 before it was moved, and is still found by it.
	s.Alias("PAY-1000", s.Issue("OPS-5").ID)
	b.addTimeTracking()
	b.enlarge(size)
	s.Reindex()
	return nil
}

// builder creates issues and gives them a history, one change after another, so
// that the changelog of every issue matches its fields.
type builder struct {
	s         *store.Site
	now       time.Time
	texts     *Texts
	rng       *rand.Rand
	all       []*store.Issue          // in the order of their creation
	bySummary map[string]*store.Issue // to find parents
}

// daysFromNow returns the time d days from now (before now if d is negative),
// in whole minutes and at least a minute in the past.
func (b *builder) daysFromNow(d float64) time.Time {
	t := b.now.Add(time.Duration(d * 24 * float64(time.Hour))).Truncate(time.Minute)
	if t.After(b.now) {
		t = b.now.Add(-time.Minute)
	}
	return t
}

// create returns a new issue in the state right after its creation. Its
// priority follows a fixed pattern over all issues. The parent is the epic or
// parent that the record names by its summary; it has to be created before.
func (b *builder) create(p *store.Project, r record, at time.Time, reporter *store.User) (*store.Issue, error) {
	doc, err := b.texts.convert(r.description)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", r.summary, err)
	}
	t := p.Type(r.kind)
	if t == nil {
		return nil, fmt.Errorf("%q: no type %q in %s", r.summary, r.kind, p.Key)
	}
	i := &store.Issue{Project: p, Type: t, Summary: r.summary, Description: doc, Creator: reporter, Reporter: reporter, Labels: r.labels,
		Priority: b.s.Priorities[[]int{2, 1, 2, 3, 2, 1, 4, 2}[len(b.all)%8]], Created: at, Updated: at, StatusChanged: at,
		Status: b.s.Status(workflow.All[p.Workflow].InitialStatus), Custom: map[string]any{}}
	i.ID, i.Number = b.s.ReserveNumber(p)
	i.Key = fmt.Sprintf("%s-%d", p.Key, i.Number)
	i.Rank = float64(i.Number)
	if c := store.FindNamed(p.Components, "", r.component); c != nil {
		i.Components = []*store.Named{c}
	}
	for _, summary := range []string{r.epic, r.parent} {
		if parent := b.bySummary[summary]; parent != nil {
			i.Parent = parent.ID
		}
	}
	b.bySummary[r.summary] = i
	b.all = append(b.all, i)
	return i, nil
}

// addChange adds an entry to the issue's changelog. It returns the time of the
// entry: at, or a minute after the previous entry if that is not earlier than
// at. The changelog thus stays in order even if a story plans two changes for
// one time.
func (b *builder) addChange(i *store.Issue, at time.Time, who *store.User, items ...store.Item) time.Time {
	if n := len(i.History); n > 0 && !at.After(i.History[n-1].At) {
		at = i.History[n-1].At.Add(time.Minute)
	}
	i.History = append(i.History, &store.Change{ID: b.s.Serial(), Author: who, At: at, Items: items})
	if at.After(i.Updated) {
		i.Updated = at
	}
	return at
}

// assign sets the assignee, who also is the author of the change.
func (b *builder) assign(i *store.Issue, at time.Time, who *store.User) {
	it := store.Item{Field: "assignee", FieldID: "assignee", FieldType: "jira", To: who.ID, ToString: who.Name}
	if i.Assignee != nil {
		it.From, it.FromText = i.Assignee.ID, i.Assignee.Name
	}
	i.Assignee = who
	b.addChange(i, at, who, it)
}

// transition changes the status and, in the same changelog entry, the
// resolution. An empty resolution clears it.
func (b *builder) transition(i *store.Issue, at time.Time, who *store.User, status, resolution string) {
	to := b.s.Status(status)
	items := []store.Item{{Field: "status", FieldID: "status", FieldType: "jira", From: i.Status.ID, FromText: i.Status.Name, To: to.ID, ToString: to.Name}}
	want := store.FindNamed(b.s.Resolutions, "", resolution)
	if want != i.Resolution {
		it := store.Item{Field: "resolution", FieldID: "resolution", FieldType: "jira"}
		if i.Resolution != nil {
			it.From, it.FromText = i.Resolution.ID, i.Resolution.Name
		}
		if want != nil {
			it.To, it.ToString = want.ID, want.Name
		}
		items = append(items, it)
	}
	at = b.addChange(i, at, who, items...)
	i.Status, i.Resolution, i.StatusChanged, i.Resolved = to, want, at, time.Time{}
	if want != nil {
		i.Resolved = at
	}
}

// setSprints replaces the list of the issue's sprints, past ones included.
func (b *builder) setSprints(i *store.Issue, at time.Time, who *store.User, list ...*store.Sprint) {
	it := store.Item{Field: "Sprint", FieldID: Sprint, FieldType: "custom"}
	it.From, it.FromText = store.SprintList(i.Sprints)
	it.To, it.ToString = store.SprintList(list)
	i.Sprints = list
	b.addChange(i, at, who, it)
}

// setStoryPoints sets the story points.
func (b *builder) setStoryPoints(i *store.Issue, at time.Time, who *store.User, points float64) {
	b.setEstimate(i, at, who, StoryPoints, "Story Points", points)
}

// setEstimate sets an estimate in one of the site's two fields for points. A
// changelog has estimates as text alone, without ids.
func (b *builder) setEstimate(i *store.Issue, at time.Time, who *store.User, field, name string, points float64) {
	it := store.Item{Field: name, FieldID: field, FieldType: "custom", ToString: fmt.Sprint(points)}
	if old, ok := i.Custom[field].(float64); ok {
		it.FromText = fmt.Sprint(old)
	}
	i.Custom[field] = points
	b.addChange(i, at, who, it)
}

// addComments adds comments at even intervals between the issue's creation and
// now, at most 31 hours apart. who returns the author of each, and whether it
// is an internal note.
func (b *builder) addComments(i *store.Issue, texts []string, who func(n int) (author *store.User, internal bool)) error {
	step := b.now.Sub(i.Created) / time.Duration(len(texts)+1)
	step = min(step, 31*time.Hour)
	for n, text := range texts {
		doc, err := b.texts.convert(text)
		if err != nil {
			return fmt.Errorf("comment on %s: %w", i.Key, err)
		}
		at := i.Created.Add(step * time.Duration(n+1)).Truncate(time.Minute)
		author, internal := who(n)
		i.Comments = append(i.Comments, &store.Comment{ID: b.s.Serial(), Author: author, Body: doc, Created: at, Updated: at, Internal: internal})
		if at.After(i.Updated) {
			i.Updated = at
		}
	}
	return nil
}

// staff returns a staff member, always the same one for the same n.
func (b *builder) staff(n int) *store.User { return b.s.Users[n%firstCustomer] }

// addTeamComments adds public comments by changing staff members.
func (b *builder) addTeamComments(i *store.Issue, texts []string) error {
	return b.addComments(i, texts, func(n int) (*store.User, bool) { return b.staff(i.Number + 3*n), false })
}

// addLink adds a link to both issues, of the link type with the given name.
func (b *builder) addLink(from *store.Issue, kind string, to *store.Issue) {
	for _, t := range b.s.LinkTypes {
		if t.Name == kind {
			id := b.s.Serial()
			from.Links = append(from.Links, store.Link{ID: id, Type: t, Other: to.ID, Outward: true})
			to.Links = append(to.Links, store.Link{ID: id, Type: t, Other: from.ID})
		}
	}
}

// addLinks adds links between issues. One of them must stay invisible to most
// users: SECRET-2 blocks PAY-12, and only the owner of SECRET may know.
func (b *builder) addLinks() {
	byKey := map[string]*store.Issue{}
	for _, i := range b.all {
		byKey[i.Key] = i
	}
	for _, l := range [][3]string{{"OPS-3", "Blocks", "PAY-1"}, {"PAY-1", "Relates", "HELP-2"}, {"PAY-9", "Blocks", "PAY-10"}, {"PAY-15", "Duplicate", "PAY-11"},
		{"SECRET-2", "Blocks", "PAY-12"}, {"HELP-5", "Relates", "OPS-7"}, {"PAY-60", "Blocks", "PAY-63"}, {"PAY-70", "Relates", "PAY-8"}} {
		if from, to := byKey[l[0]], byKey[l[2]]; from != nil && to != nil {
			b.addLink(from, l[1], to)
		}
	}
}

// enlarge adds copies of the written issues until the site has size issues.
// Copies have no links, comments and parents. Sub-tasks are not copied, because
// they need a parent, and neither is SECRET.
func (b *builder) enlarge(size int) {
	written := b.all
	for n := 0; b.s.Count() < size; n++ {
		src := written[n%len(written)]
		if src.Type.IsSubtask() || src.Project.Key == "SECRET" {
			continue
		}
		c := *src
		c.ID, c.Number = b.s.ReserveNumber(src.Project)
		c.Key = fmt.Sprintf("%s-%d", c.Project.Key, c.Number)
		c.Summary = fmt.Sprintf("%s (%d)", src.Summary, n/len(written)+2)
		c.Rank, c.Links, c.Comments, c.Parent = float64(c.Number), nil, nil, 0
		b.s.Put(&c)
	}
}
