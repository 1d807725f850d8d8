package issues

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// A create is made once: see twice.

// fingerprints are of what was asked for and of what is sent. Either makes two
// creates the same: names may be found to mean something else a moment later,
// and the same may be said in other words.
func (c *createTools) fingerprints(in createInput, form *form.Form) []once.Fingerprint {
	in.Again = false
	var ids []once.Fingerprint
	for _, who := range callers(c.Jira) {
		ids = append(ids, once.FingerprintOf(who, in), form.Fingerprint(who))
	}
	return ids
}

// callers are names of whose creates these are: of the credential in use, and
// of the user, who is the same with another token, as far as Jira has said who
// that is.
func callers(c *jira.Client) []string {
	who := []string{fmt.Sprint("credential ", c.CredentialGeneration())}
	if id := c.LastAccountID(); id != "" {
		who = append(who, id)
	}
	return who
}

// once makes the create, unless the same was made a moment ago.
func (c *createTools) once(ctx context.Context, in createInput, form *form.Form) (*createOutput, error) {
	ids := c.fingerprints(in, form)
	var own *once.Entry
	for own == nil {
		var earlier *once.Entry
		var err error
		if own, earlier, err = c.Creates.Begin(ctx, nil, in.Again, ids...); err != nil {
			return nil, err
		}
		if earlier != nil {
			if out, err := c.again(ctx, earlier, form); out != nil || err != nil {
				return out, err
			}
			c.Creates.Forget(earlier) // it is gone
		}
	}
	// Where the handler panics nobody knows whether it was made.
	outcome := once.Result{}
	defer func() { c.Creates.Finish(own, outcome) }()
	out, err := c.file(ctx, in, form, own, &outcome)
	if out != nil {
		outcome.Read = out.read
	}
	return out, err
}

// again answers a create that was made already; with neither where what was
// made is gone.
func (c *createTools) again(ctx context.Context, earlier *once.Entry, form *form.Form) (*createOutput, error) {
	when := c.Creates.Ago(earlier.At)
	if earlier.Key == "" {
		return nil, fmt.Errorf("the same create was sent %s, and its answer was lost: the issue may exist. Nothing was sent now. Look first: jira_search with jql: project = %s AND reporter = currentUser() AND created >= -15m. To file it all the same: allow_duplicate: true", when, form.Project)
	}
	out := c.confirm(ctx, jira.CreatedIssue{Key: earlier.Key}, form)
	if out.gone && earlier.Read {
		return nil, nil
	}
	out.Earlier, out.Dropped = true, nil
	out.Note = strings.TrimSpace(out.Note + "\nThe same was filed " + when + " by this server process. To file another all the same: allow_duplicate: true.")
	return out, nil
}

// preview says what would be filed. The write is tried as far as it goes
// without being sent, so that what would stop it is known.
func (c *createTools) preview(ctx context.Context, in createInput, form *form.Form) (*createOutput, error) {
	if _, _, err := c.send(ctx, form); !write.Rehearsed(err) {
		return nil, err
	}
	if earlier := c.Creates.Completed(c.fingerprints(in, form)...); earlier != nil && !in.Again {
		out, err := c.again(ctx, earlier, form)
		if err != nil {
			return nil, err
		}
		if out != nil {
			out.DryRun = &kit.Preview{Summary: fmt.Sprintf("file nothing, since the same was filed %s as %s", c.Creates.Ago(earlier.At), earlier.Key)}
			return out, nil
		}
	}
	out := &createOutput{}
	out.DryRun = &kit.Preview{Summary: fmt.Sprintf("file a %s in %s", form.KindName, form.Project), Changes: append(form.Changes(nil), form.Later.Would()...), MayNotify: write.MayNotify(ctx, c.Env, nil, form.Assigned(), form.Documents()...)}
	if form.Values["assignee"] == nil {
		out.DryRun.Also = []string{"Fields that are not named get Jira's defaults, and the project may assign somebody."}
	}
	out.Similar, out.Note = c.lookAlike(ctx, form, "")
	return out, nil
}

// file makes the create and says what came of it.
func (c *createTools) file(ctx context.Context, in createInput, f *form.Form, own *once.Entry, outcome *once.Result) (*createOutput, error) {
	created, lost, err := c.send(ctx, f)
	if err != nil && form.Refreshed(c.Env, err) {
		// Jira refused a value: it may be one that was remembered too long.
		if anew, formErr := c.form(ctx, in); formErr == nil && !anew.Same(f) {
			f = anew
			// It may be what another has filed by now.
			_, earlier, waitErr := c.Creates.Begin(ctx, own, in.Again, c.fingerprints(in, f)...)
			switch {
			case waitErr != nil:
				outcome.Failed = true
				return nil, waitErr
			case earlier != nil:
				if out, err := c.again(ctx, earlier, f); out != nil || err != nil {
					outcome.Failed = true
					return out, err
				}
			}
			created, lost, err = c.send(ctx, f)
		} else if anew != nil {
			f = anew // its screen explains the refusal
		}
	}
	var uncertain *write.UncertainError
	outcome.Key, outcome.Failed = created.Key, err != nil && !errors.As(err, &uncertain)
	if err != nil {
		return nil, f.Explain(err)
	}
	if lost {
		return &createOutput{Note: "Jira accepted it, but its answer was lost, so the key is not known. Do not create it again; find it with jira_search, jql: project = " +
			f.Project + " AND reporter = currentUser() AND created >= -10m"}, nil
	}
	return c.complete(ctx, created, f), nil
}

// complete makes what follows the create, reads the issue back, and looks for
// others like it meanwhile.
func (c *createTools) complete(ctx context.Context, created jira.CreatedIssue, form *form.Form) *createOutput {
	did, failed := createRelated(ctx, c.Env, created.Key, form.Later)
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
func (c *createTools) lookAlike(ctx context.Context, form *form.Form, except string) (similar []IssueRef, note string) {
	summary, _ := form.Values["summary"].(string)
	similar, err := FindSimilar(ctx, c.Env, form.Project, summary, except)
	if err != nil {
		note = "Whether there are issues like it could not be looked up: " + kit.ErrorText(err)
	}
	return similar, note
}
