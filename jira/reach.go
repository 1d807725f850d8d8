package jira

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
)

// Reach is what can be seen of a site without a credential.
type Reach struct {
	Status  int                  // to the question for the cloud id
	CloudID string               // "" where the other side is no Jira Cloud site
	Remote  string               // the address that was connected to: the site's or the proxy's
	TLS     *tls.ConnectionState // nil without TLS
	Date    time.Time            // the other side's clock; zero where it does not say
	Took    time.Duration
}

// Reach asks the site for its cloud id, without the credential (Atlassian
// knowledge base, "Retrieve my Atlassian site's Cloud ID"). Any answer is a
// result; an error is an [*Error] without a status. Behind a gateway's address
// there is no such question, and the answer's status means nothing.
func (c *Client) Reach(ctx context.Context) (Reach, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var r Reach
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { r.Remote = i.Conn.RemoteAddr().String() },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.locator.base.String()+"/_edge/tenant_info", nil)
	if err != nil {
		return r, err
	}
	started := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		return r, c.transportError(OpMyself, c.locator.base.Host, err, false)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return r, c.transportError(OpMyself, c.locator.base.Host, err, false)
	}
	r.Took, r.Status, r.TLS = time.Since(started), res.StatusCode, res.TLS
	r.Date, _ = http.ParseTime(res.Header.Get("Date"))
	var info struct {
		CloudID string `json:"cloudId"`
	}
	if res.StatusCode == http.StatusOK && json.Unmarshal(body, &info) == nil && !strings.HasPrefix(c.locator.base.Path, gatewayPath) {
		r.CloudID = info.CloudID
	}
	return r, nil
}

// Ping asks who is calling, whatever is remembered: for measuring.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.withCredential(ctx, OpMyself, func(p place) error {
		_, err := c.askMyself(ctx, p)
		return err
	})
}

// IsMissingScope reports an answer to a token that is valid, but has no scope
// for what was asked.
func IsMissingScope(err error) bool { return missingScope(err) }
