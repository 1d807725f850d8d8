package jira

import (
	"context"
	"net/url"
	"sync/atomic"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// Identity is the user of a credential and the endpoint that accepts it. A client with
// [Options.Identity] looks up neither again.
type Identity struct {
	User User
	// Groups are the names of the user's groups, if they were asked for.
	Groups []string

	cred     credential.Credential
	endpoint endpoint
}

// Identify asks Jira whom the credential in o belongs to, and with groups also for
// the groups of the user, which takes a request more. Its errors are those of
// [Client.Myself]: [IsCredentialRejected] reports a credential that Jira does not
// accept, [IsMissingScope] one without the scope for /myself.
func Identify(ctx context.Context, o Options, groups bool) (Identity, error) {
	c, err := New(o)
	if err != nil {
		return Identity{}, err
	}
	var id Identity
	if id.User, err = c.Myself(ctx); err != nil {
		return Identity{}, err
	}
	ctx, cancel := c.withCallLimits(ctx)
	defer cancel()
	err = c.withCredential(ctx, OpMyself, func(e endpoint) error {
		id.cred, id.endpoint = e.cred, e
		if groups {
			id.Groups, err = c.askGroups(ctx, e)
		}
		return err
	})
	return id, err
}

// callerAnswer is the answer to /myself. Groups is nil unless they were asked for.
type callerAnswer struct {
	User
	Groups *struct {
		Items []struct {
			Name string `json:"name"`
		} `json:"items"`
	} `json:"groups"`
}

// askGroups asks Jira for the groups of the caller (contract, getCurrentUser,
// expand=groups). It returns an empty list, never nil, for a user without groups.
func (c *Client) askGroups(ctx context.Context, e endpoint) ([]string, error) {
	var me callerAnswer
	in := request{op: OpMyself, query: url.Values{"expand": {"groups"}}}
	ans, err := c.sendWithRetry(ctx, e, in)
	if err == nil {
		err = decode(ctx, in, ans, &me)
	}
	if err != nil || me.Groups == nil {
		return nil, err
	}
	names := []string{}
	for _, g := range me.Groups.Items {
		names = append(names, g.Name)
	}
	return names, nil
}

// remember makes a new client know what [Identify] found.
func (c *Client) remember(id *Identity) {
	c.resolver.resolutions.Put(id.cred, resolution{endpoint: id.endpoint})
	c.identities.Put(id.cred, identity{user: id.User})
	c.lastAccountID.Store(&id.User.AccountID)
	c.inUse.record(id.cred)
}

// Shared is what the clients of one site share, whoever they act as: the cloud id.
// It is safe for concurrent use.
type Shared struct{ cloudID atomic.Pointer[string] }
