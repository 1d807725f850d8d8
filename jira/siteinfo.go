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

// SiteInfo is what can be seen of a site without a credential.
type SiteInfo struct {
	Status  int                  // to the question for the cloud id
	CloudID string               // "" where the other side is no Jira Cloud site
	IsJSON  bool                 // the answer was JSON
	Remote  string               // the address that was connected to: the site's or the proxy's
	TLS     *tls.ConnectionState // nil without TLS
	Date    time.Time            // the other side's clock; zero where it does not say
	Took    time.Duration
}

var cloudID = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// opTenantInfo is not one of Jira's operations, but its host's.
var opTenantInfo = operationOutsideJira("tenant_info", "/_edge/tenant_info")

// SiteInfo asks the site for its cloud id, without the credential (Atlassian
// knowledge base, "Retrieve my Atlassian site's Cloud ID"). Any answer is a
// result; an error is an [*Error] without a status. Behind a gateway's address
// there is no such question, and the answer's status means nothing.
func (c *Client) SiteInfo(ctx context.Context) (SiteInfo, error) {
	ctx, cancel := c.begin(ctx)
	defer cancel()
	var r SiteInfo
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { r.Remote = i.Conn.RemoteAddr().String() },
	})
	out, err := c.newRequest(ctx, hostOf(c.resolver.base), request{op: opTenantInfo})
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
		if cloudID.MatchString(info.CloudID) { // it becomes a part of addresses
			r.CloudID = info.CloudID
		}
	}
	return r, nil
}

// Ping asks who is calling, whatever is remembered: for measuring.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := c.begin(ctx)
	defer cancel()
	return c.withCredential(ctx, OpMyself, func(e endpoint) error {
		_, err := c.askMyself(ctx, e)
		return err
	})
}

// IsMissingScope reports an answer to a token that is valid, but has no scope
// for what was asked.
func IsMissingScope(err error) bool { return isMissingScope(err) }

// IsCredentialRefused reports an answer that says that the credential is not
// accepted.
func IsCredentialRefused(err error) bool { return isRejected(err) }
