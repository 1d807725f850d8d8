package jira

import (
	"context"
	"net/http"
	"strconv"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on links between issues, and from issues to web pages.
var (
	OpLinkTypes = operation.Operation{
		ID: "getIssueLinkTypes", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issueLinkType",
		Scopes:  operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue-link-type:jira"}},
		Answers: operation.AnswerSite,
	}
	OpLinkIssues = operation.Operation{
		ID: "linkIssues", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issueLink", SuccessStatus: http.StatusCreated,
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:comment:jira", "write:issue:jira", "write:issue-link:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "body:inwardIssue"}, {Kind: operation.KindIssue, At: "body:outwardIssue"}}, Answers: operation.AnswerNothing,
	}
	OpDeleteLink = operation.Operation{
		ID: "deleteIssueLink", Document: operation.Platform, Method: http.MethodDelete, Path: "/rest/api/3/issueLink/{linkId}", SuccessStatus: http.StatusOK,
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"delete:issue-link:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindLink, At: "path:linkId"}}, Answers: operation.AnswerNothing,
	}
	OpRemoteLinks = operation.Operation{
		ID: "getRemoteIssueLinks", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}/remotelink",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue.remote-link:jira", "read:status:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerParts,
	}
	OpAddRemoteLink = operation.Operation{
		ID: "createOrUpdateRemoteIssueLink", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/{issueIdOrKey}/remotelink",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue:jira", "write:issue.remote-link:jira", "read:issue.remote-link:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
	OpDeleteRemoteLink = operation.Operation{
		ID: "deleteRemoteIssueLinkById", Document: operation.Platform, Method: http.MethodDelete, Path: "/rest/api/3/issue/{issueIdOrKey}/remotelink/{linkId}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"delete:issue.remote-link:jira", "write:issue:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindPart, At: "path:linkId"}}, Answers: operation.AnswerNothing,
	}
)

// LinkType is a kind of link, with its phrase in each direction.
type LinkType struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Inward  string `json:"inward"`  // is blocked by
	Outward string `json:"outward"` // blocks
}

// linkTypes is the answer to getIssueLinkTypes.
type linkTypes struct {
	Types []LinkType `json:"issueLinkTypes"`
}

func (l *linkTypes) isEmpty() bool { return len(l.Types) == 0 }

// LinkTypes returns the site's kinds of links.
func (c *Client) LinkTypes(ctx context.Context) ([]LinkType, error) {
	out, err := do[linkTypes](ctx, c, request{op: OpLinkTypes})
	return out.Types, err
}

// LinkIssues links two issues so that the outward phrase of the type holds for
// from and to: with Blocks, from blocks to. Jira's name for the issue at the
// start of the phrase is inwardIssue (pycontribs/jira, "inwardIssue: the issue
// to link from"). For a link that exists already, Jira answers as for a new
// one. The request is sent once.
func (c *Client) LinkIssues(ctx context.Context, typeID, from, to string) error {
	body := map[string]any{"type": map[string]string{"id": typeID}, "inwardIssue": map[string]string{"key": from}, "outwardIssue": map[string]string{"key": to}}
	_, err := do[noBody](ctx, c, request{op: OpLinkIssues, body: body})
	return err
}

// LinkUpdate returns a link as part of a create or an edit
// (update.issuelinks). With outward, the outward phrase holds for the issue
// itself and other; otherwise the inward phrase.
func LinkUpdate(typeID, other string, outward bool) map[string]any {
	side := "inwardIssue"
	if outward {
		side = "outwardIssue"
	}
	return map[string]any{"add": map[string]any{"type": map[string]string{"id": typeID}, side: map[string]string{"key": other}}}
}

// DeleteLink removes a link by its id, which the issue's field issuelinks
// contains.
func (c *Client) DeleteLink(ctx context.Context, linkID string) error {
	_, err := do[noBody](ctx, c, request{op: OpDeleteLink, path: []string{linkID}})
	return err
}

// RemoteLink is a link from an issue to a web page.
type RemoteLink struct {
	ID     int64 `json:"id"`
	Object struct {
		URL   string `json:"url"`
		Title string `json:"title"`
	} `json:"object"`
}

// RemoteLinks returns an issue's links to web pages.
func (c *Client) RemoteLinks(ctx context.Context, keyOrID string) ([]RemoteLink, error) {
	return do[[]RemoteLink](ctx, c, request{op: OpRemoteLinks, path: []string{keyOrID}})
}

// remoteLinkID is the answer to a new remote link.
type remoteLinkID struct {
	ID int64 `json:"id"`
}

// AddRemoteLink links an issue to a web page. The page's address is the link's
// global id, so that the same page is linked only once.
func (c *Client) AddRemoteLink(ctx context.Context, keyOrID, address, title string) error {
	body := map[string]any{"globalId": address, "object": map[string]string{"url": address, "title": title}}
	_, err := do[remoteLinkID](ctx, c, request{op: OpAddRemoteLink, path: []string{keyOrID}, body: body})
	return err
}

// DeleteRemoteLink removes a link to a web page.
func (c *Client) DeleteRemoteLink(ctx context.Context, keyOrID string, id int64) error {
	_, err := do[noBody](ctx, c, request{op: OpDeleteRemoteLink, path: []string{keyOrID, strconv.FormatInt(id, 10)}})
	return err
}
