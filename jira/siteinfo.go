package jira

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"time"
)

// SiteInfo describes what a site reveals without a credential.
type SiteInfo struct {
	Status  int                  // of the answer to the request for the cloud id
	CloudID string               // "" if the other side is not a Jira Cloud site
	IsJSON  bool                 // whether the answer was JSON
	Remote  string               // address of the connection: the site's or the proxy's
	TLS     *tls.ConnectionState // nil without TLS
	Date    time.Time            // the other side's clock; zero if it does not say
	Took    time.Duration        // until the answer was read
}

// cloudIDPattern is the form of a cloud id that may become a part of addresses.
var cloudIDPattern = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// opTenantInfo returns the cloud id. It belongs to Jira's host, not to its API.
var opTenantInfo = operationOutsideJira("tenant_info", "/_edge/tenant_info")

// SiteInfo requests the site's cloud id, without the credential (Atlassian
// knowledge base, "Retrieve my Atlassian site's Cloud ID"). Any answer is a
// result, whatever its status; an error is an [*Error] without a status. Behind
// a gateway's address there is no such resource, and the status means nothing.
func (c *Client) SiteInfo(ctx context.Context) (SiteInfo, error) {
	ctx, cancel := c.withCallLimits(ctx)
	defer cancel()
	var r SiteInfo
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { r.Remote = i.Conn.RemoteAddr().String() },
	})
	out, err := c.newRequest(ctx, anonymousEndpoint(c.resolver.base), request{op: opTenantInfo})
	if err != nil {
		return r, err
	}
	started := time.Now()
	res, err := c.send(out)
	if err != nil {
		return r, c.transportError(opTenantInfo, c.resolver.base.Host, err, false)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return r, c.transportError(opTenantInfo, c.resolver.base.Host, err, false)
	}
	r.Took, r.Status, r.TLS = time.Since(started), res.StatusCode, res.TLS
	r.Date, _ = http.ParseTime(res.Header.Get("Date"))
	var info struct {
		CloudID string `json:"cloudId"`
	}
	r.IsJSON = json.Unmarshal(body, &info) == nil
	if res.StatusCode == http.StatusOK && r.IsJSON && !strings.HasPrefix(c.resolver.base.Path, gatewayPath) {
		if cloudIDPattern.MatchString(info.CloudID) {
			r.CloudID = info.CloudID
		}
	}
	return r, nil
}

// Ping asks Jira who is calling, even if the client remembers it, so that
// callers can measure the time of a request.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := c.withCallLimits(ctx)
	defer cancel()
	return c.withCredential(ctx, OpMyself, func(e endpoint) error {
		_, err := c.askMyself(ctx, e)
		return err
	})
}
