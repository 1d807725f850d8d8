package wire

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// visibility is the group or the project role to which a comment is restricted.
type visibility struct {
	Type       string `json:"type"`
	Value      string `json:"value,omitempty"`
	Identifier string `json:"identifier,omitempty"`
}

// parseVisibility returns the visibility in a request in the form in which Jira
// renders it, or nil if there is none. Jira refuses a group or role of which
// the writer is not a member (Atlassian support, "comment visibility").
func (r *request) parseVisibility(p *store.Project, raw json.RawMessage) (json.RawMessage, error) {
	if isNull(raw) {
		return nil, nil
	}
	var v visibility
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return nil, fail(http.StatusBadRequest, "Invalid visibility. (%v)", err)
	}
	who := v.Value + v.Identifier
	switch v.Type {
	case "group":
		g := r.site.Group(who)
		if g == nil {
			return nil, failField("commentLevel", "Group: %s does not exist.", who)
		}
		if !access.IsMember(r.user, g.Members) {
			return nil, failField("commentLevel", "You are currently not a member of the group: %s.", who)
		}
		v = visibility{"group", g.Name, g.ID}
	case "role":
		members, ok := p.Roles[who]
		if !ok {
			return nil, failField("commentLevel", "Role: %s does not exist.", who)
		}
		if !access.IsMember(r.user, members) {
			return nil, failField("commentLevel", "You are currently not a member of the project role: %s.", who)
		}
		v = visibility{"role", who, who}
	default:
		return nil, fail(http.StatusBadRequest, "visibility type '%s' is neither 'group' nor 'role'.", v.Type)
	}
	out, err := json.Marshal(v)
	return out, err
}

// canRead reports whether the caller may read a comment with the given
// visibility; an empty one means that everybody may who sees the issue.
func (r *request) canRead(p *store.Project, raw json.RawMessage) bool {
	var v visibility
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return true
	}
	if v.Type == "role" {
		return access.IsMember(r.user, p.Roles[v.Value])
	}
	g := r.site.Group(v.Value)
	return g != nil && access.IsMember(r.user, g.Members)
}

// visibleComments returns the comments of an issue that the caller may read.
func (r *request) visibleComments(i *store.Issue) []*store.Comment {
	return slices.DeleteFunc(slices.Clone(i.Comments), func(c *store.Comment) bool { return !r.canRead(i.Project, c.Visibility) })
}

// permittedComment returns the comment of the path's {id} if the caller has the
// permission for it. verb is EDIT or DELETE; for each there is a permission for
// one's own comments and one for all.
func (r *request) permittedComment(i *store.Issue, verb string) (*store.Comment, error) {
	for _, c := range r.visibleComments(i) {
		if c.ID != r.PathValue("id") {
			continue
		}
		may := access.Can(r.user, i.Project, verb+"_ALL_COMMENTS") || c.Author == r.user && access.Can(r.user, i.Project, verb+"_OWN_COMMENTS")
		if !may {
			return nil, fail(http.StatusBadRequest, "You do not have the permission for this comment.")
		}
		return c, nil
	}
	return nil, fail(http.StatusNotFound, "Can not find a comment for the id: %s.", r.PathValue("id"))
}

// updateComment handles PUT issue/{key}/comment/{id}. The body replaces the
// whole comment: a visibility that is not sent is removed (contract,
// updateComment: the body is a Comment). Properties that are not sent stay.
func updateComment(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	was, err := r.permittedComment(i, "EDIT")
	if err != nil {
		return nil, err
	}
	in, err := r.parseComment(i.Project, r.body)
	if err != nil {
		return nil, err
	}
	c := *was
	c.Body, c.Visibility, c.Updated = in.Body, in.Visibility, r.site.Now()
	if in.Properties != nil {
		c.Properties, c.Internal = in.Properties, in.Internal
	}
	i, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.Comments = slices.Clone(d.Comments)
		for n, held := range d.Comments {
			if held.ID == c.ID {
				d.Comments[n] = &c
			}
		}
		d.Updated = c.Updated
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r.comment(i, &c), nil
}

// deleteComment handles DELETE issue/{key}/comment/{id}.
func deleteComment(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	c, err := r.permittedComment(i, "DELETE")
	if err != nil {
		return nil, err
	}
	_, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.Comments = slices.DeleteFunc(slices.Clone(d.Comments), func(x *store.Comment) bool { return x.ID == c.ID })
		d.Updated = r.site.Now()
		return nil
	})
	return nil, err
}
