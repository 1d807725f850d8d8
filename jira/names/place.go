package names

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// Place says where a rich text stands: files are those of the issue, and first
// names those of its people and of the project. Both are empty if they are not
// known, as the issue of a create is.
type Place struct {
	Issue   string // key
	Project string // key
}

// attachments returns the files of the issue, the newest last.
func (m *mentionResolver) attachments() []jira.Attachment {
	if m.files == nil {
		m.files = &fileList{media: map[string]string{}}
		issue, err := m.names.jira.GetIssue(m.ctx, m.place.Issue, []string{"attachment"}, nil)
		if err != nil {
			m.files.err = err
		}
		list, _ := jira.Value[[]jira.Attachment](issue.Fields, "attachment")
		m.files.list = list
	}
	return m.files.list
}

// fileList is the files of an issue, or why they are not known.
type fileList struct {
	list  []jira.Attachment
	media map[string]string // media ids by id; "" where there is none
	err   error
}

// Attachment implements [adf.Resolver]. If several files have the name, it is the
// newest. A file whose media id Jira does not reveal becomes a link, and a name
// that no file has stays text; the answer says so.
func (m *mentionResolver) Attachment(name string) (f adf.File, ok bool) {
	if m.place.Issue == "" {
		m.warnOnce(fmt.Sprintf("The picture %q stays text: a new issue has no files yet. Attach the file, then edit the text.", name))
		return adf.File{}, false
	}
	var found *jira.Attachment
	var known []string
	list := m.attachments()
	for n := range list {
		known = append(known, list[n].Name)
		if strings.EqualFold(list[n].Name, name) && (found == nil || list[n].Created >= found.Created) {
			found = &list[n]
		}
	}
	switch {
	case m.files.err != nil:
		m.warnOnce(fmt.Sprintf("The picture %q stays text: the files of %s could not be read: %v", name, m.place.Issue, m.files.err))
		return adf.File{}, false
	case found == nil && len(known) == 0:
		m.warnOnce(fmt.Sprintf("The picture %q stays text: %s has no files. Attach the file with jira_add_attachment first.", name, m.place.Issue))
		return adf.File{}, false
	case found == nil:
		m.warnOnce(fmt.Sprintf("The picture %q stays text: %s has no file of that name. Its files include %s.", name, m.place.Issue, strings.Join(known[:min(len(known), maxListed)], ", ")))
		return adf.File{}, false
	}
	if id := m.mediaID(found.ID); id != "" {
		return adf.File{MediaID: id}, true
	}
	address := m.names.jira.AttachmentURL(found.ID, found.Name)
	if address == "" {
		m.warnOnce(fmt.Sprintf("The picture %q stays text, because Jira did not reveal the media id needed to show it.", name))
		return adf.File{}, false
	}
	m.warnOnce(fmt.Sprintf("The picture %q became a link, because Jira did not reveal the media id needed to show it.", name))
	return adf.File{URL: address}, true
}

// maxPictures is the greatest number of files whose media ids one text asks for.
const maxPictures = 50

// mediaID returns the media id of a file, or "" if Jira does not reveal it. It
// sends one request for each file.
func (m *mentionResolver) mediaID(file string) string {
	id, known := m.files.media[file]
	if !known && len(m.files.media) < maxPictures {
		id, _ = m.names.jira.MediaID(m.ctx, file) // without one, the picture becomes a link
		m.files.media[file] = id
	}
	return id
}

// warnOnce adds a warning to the answer unless this conversion has added it.
func (m *mentionResolver) warnOnce(text string) {
	if !m.warned[text] {
		m.warned[text] = true
		jira.Warn(m.ctx, text)
	}
}

// people returns the people of the issue and of the project who may be meant by
// a first name: the reporter, the assignee, the authors of comments, and the
// assignable users that Jira finds for the name. It returns none if
// that search is not complete, since the name could belong to somebody else.
func (m *mentionResolver) people(ctx context.Context, first string) []jira.User {
	var out []jira.User
	if m.place.Issue != "" && m.participants == nil {
		m.participants = []jira.User{}
		issue, err := m.names.jira.GetIssue(ctx, m.place.Issue, []string{"reporter", "assignee", "creator", "comment", "project"}, nil)
		if err != nil && !jira.IsNoAccess(err) {
			m.warnFailed(err)
		}
		if err == nil {
			m.participants = participantsOf(issue)
			if p, ok := jira.Value[jira.ProjectRef](issue.Fields, "project"); ok && m.place.Project == "" {
				m.place.Project = p.Key
			}
		}
	}
	out = append(out, m.participants...)
	if m.place.Project != "" {
		found, all, err := m.names.findPeople(ctx, m.place.Project, first, false)
		if err != nil && !jira.IsNoAccess(err) {
			m.warnFailed(err)
		}
		if err != nil || !all { // there may be another of that name
			return nil
		}
		out = append(out, found...)
	}
	return out
}

// participantsOf returns the people in the fields of an issue.
func participantsOf(issue jira.Issue) []jira.User {
	var out []jira.User
	for _, field := range []string{"reporter", "assignee", "creator"} {
		if u, ok := jira.Value[jira.User](issue.Fields, field); ok && u.AccountID != "" {
			out = append(out, u)
		}
	}
	comments, _ := jira.Value[struct {
		Comments []struct {
			Author jira.User `json:"author"`
		} `json:"comments"`
	}](issue.Fields, "comment")
	for _, c := range comments.Comments {
		out = append(out, c.Author)
	}
	return out
}
