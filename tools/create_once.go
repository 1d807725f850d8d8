package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// A create is made once: see twice.

// fingerprints are of what was asked for and of what is sent. Either makes two
// creates the same: names may be found to mean something else a moment later,
// and the same may be said in other words.
func (c *creating) fingerprints(in CreateIn, form *form) []fingerprint {
	in.Again = false
	var ids []fingerprint
	for _, who := range callers(c.Jira) {
		ids = append(ids, fingerprintOf(who, in), form.fingerprint(who))
	}
	return ids
}

// callers are names of whose creates these are: of the credential in use, and
// of the user, who is the same with another token, as far as Jira has said who
// that is.
func callers(c *jira.Client) []string {
	who := []string{fmt.Sprint("credential ", c.Account())}
	if id := c.Known(); id != "" {
		who = append(who, id)
	}
	return who
}

func (f *form) fingerprint(who string) fingerprint {
	return fingerprintOf(who, f.project, f.kind, f.values, f.updates, f.later.links, f.later.watchers, f.later.files)
}

// once makes the create, unless the same was made a moment ago.
func (c *creating) once(ctx context.Context, in CreateIn, form *form) (*CreateOut, error) {
	ids := c.fingerprints(in, form)
	var own *filing
	for own == nil {
		var earlier *filing
		var err error
		if own, earlier, err = c.twice.claim(ctx, nil, in.Again, ids...); err != nil {
			return nil, err
		}
		if earlier != nil {
			if out, err := c.again(ctx, earlier, form); out != nil || err != nil {
				return out, err
			}
			c.twice.forget(earlier) // it is gone
		}
	}
	// Where the handler panics nobody knows whether it was made.
	outcome := filed{}
	defer func() { c.twice.settle(own, outcome) }()
	out, err := c.file(ctx, in, form, own, &outcome)
	if out != nil {
		outcome.read = out.read
	}
	return out, err
}

// again answers a create that was made already; with neither where what was
// made is gone.
func (c *creating) again(ctx context.Context, earlier *filing, form *form) (*CreateOut, error) {
	when := c.twice.ago(earlier.at)
	if earlier.key == "" {
		return nil, fmt.Errorf("the same create was sent %s, and its answer was lost: the issue may exist. Nothing was sent now. Look first: jira_search with jql: project = %s AND reporter = currentUser() AND created >= -15m. To file it all the same: allow_duplicate: true", when, form.project)
	}
	out := c.confirm(ctx, jira.CreatedIssue{Key: earlier.key}, form)
	if out.gone && earlier.read {
		return nil, nil
	}
	out.Earlier, out.Dropped = true, nil
	out.Note = strings.TrimSpace(out.Note + "\nThe same was filed " + when + " by this server process. To file another all the same: allow_duplicate: true.")
	return out, nil
}

// preview says what would be filed. The write is tried as far as it goes
// without being sent, so that what would stop it is known.
func (c *creating) preview(ctx context.Context, in CreateIn, form *form) (*CreateOut, error) {
	if _, _, err := c.send(ctx, form); !rehearsed(err) {
		return nil, err
	}
	if earlier := c.twice.made(c.fingerprints(in, form)...); earlier != nil && !in.Again {
		out, err := c.again(ctx, earlier, form)
		if err != nil {
			return nil, err
		}
		if out != nil {
			out.DryRun = &kit.Preview{Would: fmt.Sprintf("file nothing, since the same was filed %s as %s", c.twice.ago(earlier.at), earlier.key)}
			return out, nil
		}
	}
	out := &CreateOut{}
	out.DryRun = &kit.Preview{Would: fmt.Sprintf("file a %s in %s", form.kindName, form.project), Changes: append(form.changes(nil), form.later.would()...), MayNotify: c.mayNotify(ctx, nil, form.assigned(), form.documents()...)}
	if form.values["assignee"] == nil {
		out.DryRun.Also = []string{"Fields that are not named get Jira's defaults, and the project may assign somebody."}
	}
	out.Similar, out.Note = c.lookAlike(ctx, form, "")
	return out, nil
}

// file makes the create and says what came of it.
func (c *creating) file(ctx context.Context, in CreateIn, form *form, own *filing, outcome *filed) (*CreateOut, error) {
	created, lost, err := c.send(ctx, form)
	if err != nil && c.stale(err) {
		// Jira refused a value: it may be one that was remembered too long.
		if anew, formErr := c.form(ctx, in); formErr == nil && !anew.same(form) {
			form = anew
			// It may be what another has filed by now.
			_, earlier, waitErr := c.twice.claim(ctx, own, in.Again, c.fingerprints(in, form)...)
			switch {
			case waitErr != nil:
				outcome.failed = true
				return nil, waitErr
			case earlier != nil:
				if out, err := c.again(ctx, earlier, form); out != nil || err != nil {
					outcome.failed = true
					return out, err
				}
			}
			created, lost, err = c.send(ctx, form)
		} else if anew != nil {
			form = anew // its screen explains the refusal
		}
	}
	var uncertain *uncertainError
	outcome.key, outcome.failed = created.Key, err != nil && !errors.As(err, &uncertain)
	if err != nil {
		return nil, form.explain(err)
	}
	if lost {
		return &CreateOut{Note: "Jira accepted it, but its answer was lost, so the key is not known. Do not create it again; find it with jira_search, jql: project = " +
			form.project + " AND reporter = currentUser() AND created >= -10m"}, nil
	}
	return c.complete(ctx, created, form), nil
}

// complete makes what follows the create, reads the issue back, and looks for
// others like it meanwhile.
func (c *creating) complete(ctx context.Context, created jira.CreatedIssue, form *form) *CreateOut {
	did, failed := c.follow(ctx, created.Key, form.later)
	var similar []IssueRef
	var note string
	var wait sync.WaitGroup
	wait.Go(func() { similar, note = c.lookAlike(ctx, form, created.Key) })
	out := c.confirm(ctx, created, form)
	wait.Wait()
	out.Did, out.Failed, out.Similar = did, failed, similar
	out.Note = strings.TrimSpace(out.Note + "\n" + note)
	return out
}

// lookAlike finds open issues like the one of a form; note says why it could not
// be looked.
func (c *creating) lookAlike(ctx context.Context, form *form, except string) (similar []IssueRef, note string) {
	summary, _ := form.values["summary"].(string)
	similar, err := c.similar(ctx, form.project, summary, except)
	if err != nil {
		note = "Whether there are issues like it could not be looked up: " + kit.ErrorText(err)
	}
	return similar, note
}
