package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// ParseSite reads an address in the forms that JIRA_URL allows:
// https://example.atlassian.net, a host name, or the bare name example. It
// returns the full address.
func ParseSite(raw string) (string, error) { return parseSite(strings.TrimSpace(raw)) }

// siteName matches the bare name of a site.
var siteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)

// parseSite reads a full URL, a host or the bare name of a Jira Cloud site, and
// returns scheme and host in lower case. It drops the path that a copied
// address has (/jira/your-work, /browse/X-1), but keeps the gateway's.
// Examples:
//
//	Acme                                 https://acme.atlassian.net
//	acme.atlassian.net/browse/X-1        https://acme.atlassian.net
//	localhost:8090                       http://localhost:8090
//	https://api.atlassian.com/ex/jira/1/rest
//	                                     https://api.atlassian.com/ex/jira/1
//
// Only this machine may be addressed without TLS. A user name or password in
// the address is an error; JIRA_EMAIL and the token settings are for that.
func parseSite(raw string) (string, error) {
	if siteName.MatchString(raw) && !strings.EqualFold(raw, "localhost") {
		return "https://" + strings.ToLower(raw) + ".atlassian.net", nil
	}
	if !strings.Contains(raw, "://") {
		scheme := "https://"
		if host, err := url.Parse("https://" + raw); err == nil && loopback(host.Hostname()) {
			scheme = "http://" // the embedded site on this machine
		}
		raw = scheme + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " ,") {
		return "", fmt.Errorf("not a site's address; write https://example.atlassian.net")
	}
	if u.User != nil {
		return "", fmt.Errorf("contains a user name or password; set JIRA_EMAIL and JIRA_API_TOKEN instead")
	}
	switch u.Scheme {
	case "https":
	case "http":
		if !loopback(u.Hostname()) {
			return "", fmt.Errorf("must be https (http is accepted for this machine only)")
		}
	default:
		return "", fmt.Errorf("must start with https://")
	}
	path := ""
	if parts := strings.Split(strings.Trim(u.Path, "/"), "/"); len(parts) >= 3 && parts[0] == "ex" && parts[1] == "jira" {
		path = "/ex/jira/" + parts[2]
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host + path, nil
}

// loopback reports whether a host is localhost or a loopback address.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
