package jira

import (
	"context"
	"net/http"
	"net/url"
)

// OpAttachmentContent downloads a file. It is addressed by its id, never by
// the address in an issue: that one points at the site, also through the
// gateway, where a token with scopes is not accepted.
var OpAttachmentContent = Operation{
	ID: "getAttachmentContent", Document: Platform, Method: http.MethodGet, Path: "/rest/api/3/attachment/content/{id}",
	Scopes:     Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:attachment:jira"}},
	Repeatable: true, Names: []Naming{{KindAttachment, "path:id"}}, Answers: AnswerFile,
}

// Content is a file.
type Content struct {
	Type string // as Jira tells it, for example image/png
	Data []byte
}

// AttachmentContent downloads an attachment, at most 32 MiB. Jira is asked for
// the bytes themselves (redirect=false); if it answers with the address of the
// host that keeps the file, that host is asked without the credential.
func (c *Client) AttachmentContent(ctx context.Context, id string) (Content, error) {
	return do[Content](ctx, c, call{op: OpAttachmentContent, path: []string{id}, query: url.Values{"redirect": {"false"}}, file: true})
}
