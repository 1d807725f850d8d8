package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Creates are made once. A model that lost track of its work sends the same
// create again, and Jira would create a second issue. The server therefore
// remembers its creates for ten minutes in [env.Env.Creates], a [once.Dedupe],
// under fingerprints:
//
//  1. Begin enters a create under its fingerprints. If another call has begun the
//     same create, Begin waits for the end of that one. If that one created an
//     issue, or may have, Begin returns it as the earlier create; if it created
//     nothing, Begin enters this one.
//  2. The handler sends the create.
//  3. Finish records the result: a key, a failure (the next create with that
//     fingerprint is sent), or the zero [once.Result], which means that the answer
//     was lost and the issue may exist.
//
// Example: two identical calls of jira_create_issue → the first returns
// "Created PAY-133 …", the second "Not created again: it is PAY-133 …" and
// sends no create. With allow_duplicate: true the second creates PAY-134. The
// memory is that of this process; neither Jira nor another server process knows
// about it.

// fingerprints returns two fingerprints for each name of the caller: one of the
// arguments, and one of the form that is sent. Two creates are the same if they
// share one fingerprint, because either can differ between identical creates:
//
//   - The arguments {"sprint":"current"} resolve to another sprint after a
//     sprint was closed, so the forms differ and the arguments agree.
//   - {"assignee":"me"} and {"assignee":"Ana Silva"} differ, and the forms
//     agree.
func (c *createTools) fingerprints(in createInput, form *form.Form) []once.Fingerprint {
	in.AllowDuplicate = false
	var ids []once.Fingerprint
	for _, who := range callerIDs(c.Jira) {
		ids = append(ids, once.FingerprintOf(who, in), form.Fingerprint(who))
	}
	return ids
}

// callerIDs returns the names under which the creates of the current user are
// remembered: the credential in use, and the account id if Jira has reported it
// already. The account id finds the creates of the same user with another
// token.
func callerIDs(c *jira.Client) []string {
	who := []string{fmt.Sprint("credential ", c.CredentialGeneration())}
	if id := c.LastAccountID(); id != "" {
		who = append(who, id)
	}
	return who
}

// createOnce creates the issue, unless the same create was made in the last ten
// minutes or is being made by another call. In those cases it returns the
// earlier issue, with filed_before set. If the earlier issue was deleted, its
// entry is dropped and the loop begins again. It is an error if an issue exists
// that says the same.
func (c *createTools) createOnce(ctx context.Context, in createInput, form *form.Form, alike *similarSearch) (*createOutput, error) {
	ids := c.fingerprints(in, form)
	var own *once.Entry
	for own == nil {
		var earlier *once.Entry
		var err error
		if own, earlier, err = c.Creates.Begin(ctx, nil, in.AllowDuplicate, ids...); err != nil {
			return nil, err
		}
		if earlier != nil {
			if out, err := c.reportEarlier(ctx, earlier, form); out != nil || err != nil {
				return out, err
			}
			c.Creates.Forget(earlier) // the issue was deleted
		}
	}
	// The zero result means that the issue may exist: it is recorded if the
	// handler panics after the create was sent.
	outcome := once.Result{}
	defer func() { c.Creates.Finish(own, outcome) }()
	similar, note := alike.result()
	if err := checkSame(similar, in); err != nil {
		outcome.Failed = true
		return nil, err
	}
	out, err := c.sendForm(ctx, in, form, own, &outcome)
	if out != nil {
		outcome.Readable = out.read
		if !out.Earlier {
			out.Similar, out.Note = similar, strings.TrimSpace(out.Note+"\n"+note)
		}
	}
	return out, err
}

// reportEarlier returns the output for a create that an earlier call has made;
// it reads the earlier issue back. If the answer to that create was lost, there
// is no key, and it returns an error that says how to look for the issue. It
// returns nil and no error if the issue could be read once and does not exist
// any more, so that it may be created anew. An issue that could never be read
// counts as existing, since it may be hidden from this user.
func (c *createTools) reportEarlier(ctx context.Context, earlier *once.Entry, form *form.Form) (*createOutput, error) {
	when := c.Creates.Ago(earlier.At)
	if earlier.Key == "" {
		return nil, fmt.Errorf("the same create was sent %s and its answer was lost, so the issue may exist. Nothing was sent now. Check first: jira_search with jql: project = %s AND reporter = currentUser() AND created >= -15m. To file it anyway, set allow_duplicate: true", when, form.Project)
	}
	out := c.readBack(ctx, jira.CreatedIssue{Key: earlier.Key}, form)
	if out.gone && earlier.Readable {
		return nil, nil
	}
	out.Earlier, out.Dropped = true, nil
	out.Note = strings.TrimSpace(out.Note + "\nThis server process filed the same issue " + when + ". To file another, set allow_duplicate: true.")
	return out, nil
}

// preview returns the output of a dry run. The client stops the create before
// the request is sent, after all checks such as the project fence. If the same
// create was made before, the preview says that nothing would be created.
func (c *createTools) preview(ctx context.Context, in createInput, form *form.Form, alike *similarSearch) (*createOutput, error) {
	if _, _, err := c.send(ctx, form); !write.IsDryRun(err) {
		return nil, err
	}
	if earlier := c.Creates.Completed(c.fingerprints(in, form)...); earlier != nil && !in.AllowDuplicate {
		out, err := c.reportEarlier(ctx, earlier, form)
		if err != nil {
			return nil, err
		}
		if out != nil {
			out.DryRun = &kit.Preview{Summary: fmt.Sprintf("file nothing: the same issue was filed %s as %s", c.Creates.Ago(earlier.At), earlier.Key)}
			return out, nil
		}
	}
	out := &createOutput{}
	out.DryRun = &kit.Preview{Summary: fmt.Sprintf("file %s in %s", text.WithArticle(form.TypeName), form.Project), Changes: append(form.Changes(nil), form.FollowUps.Changes()...), MayNotify: write.MayNotify(ctx, c.Env, nil, form.AssigneeName(), form.Documents()...)}
	if form.Values["assignee"] == nil {
		out.DryRun.Notes = []string{"Other fields get Jira's defaults, and the project may set an assignee."}
	}
	out.Similar, out.Note = alike.result()
	out.searched = out.Note == ""
	if checkSame(out.Similar, in) != nil {
		out.DryRun.Notes = append(out.DryRun.Notes, "It would be refused, since an issue with the same or nearly the same summary exists. Set allow_duplicate: true to file it anyway.")
	}
	return out, nil
}

// sendForm sends the create of a form and returns its output. own is the entry
// of the create in [once.Dedupe], and outcome the result that the caller
// records for it.
//
// If Jira refuses a value, the value may come from a cached list that is out of
// date. The lists are then read again and the form is filled in a second time.
// If that form differs, it is entered under its own fingerprints, since another
// call may have created the same issue meanwhile, and is sent. If the form has
// errors now, Jira's refusal is explained with the new screen.
func (c *createTools) sendForm(ctx context.Context, in createInput, f *form.Form, own *once.Entry, outcome *once.Result) (*createOutput, error) {
	created, lost, err := c.send(ctx, f)
	if err != nil && form.RefreshNames(c.Env, err) {
		// Jira refused a value, which may come from a cached list.
		if anew, formErr := c.buildForm(ctx, in, nil); formErr == nil && !anew.Equal(f) {
			f = anew
			// Another call may have created an issue with this form by now.
			_, earlier, waitErr := c.Creates.Begin(ctx, own, in.AllowDuplicate, c.fingerprints(in, f)...)
			switch {
			case waitErr != nil:
				outcome.Failed = true
				return nil, waitErr
			case earlier != nil:
				if out, err := c.reportEarlier(ctx, earlier, f); out != nil || err != nil {
					outcome.Failed = true
					return out, err
				}
			}
			created, lost, err = c.send(ctx, f)
		} else if anew != nil {
			f = anew // its new screen explains the refusal
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

// complete writes the follow-ups of the new issue and reads it back, unless an
// edit has returned it with all fields of the form. It returns the whole output.
func (c *createTools) complete(ctx context.Context, created jira.CreatedIssue, form *form.Form) *createOutput {
	did, failed, edited := c.createRelated(ctx, created.Key, form)
	out := c.newOutput(created)
	if isMissing := func(id string) bool { return edited.Fields[id] == nil }; slices.ContainsFunc(form.AllFieldIDs(), isMissing) {
		out = c.readBack(ctx, created, form)
	} else {
		out.read = true
		out.Set, out.Dropped = form.StoredFields(edited)
	}
	out.Done, out.Failed = did, failed
	return out
}
