package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// ParseSite reads an address in the forms that JIRA_URL allows:
// https://example.atlassian.net, a host name, or the bare name example. It
// returns the full address.
func ParseSite(raw string) (string, error) { return parseSite(strings.TrimSpace(raw)) }

// siteName matches the bare name of a site.
var siteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)

// parseSite reads a full URL, a host or the bare name of a Jira Cloud site, and
// returns scheme and host in lower case. It drops the path that a copied
// address has (/jira/your-work, /browse/X-1), but keeps the gateway's. At any
// other host than a site's, a path is an error: the address may be that of a
// Jira Data Center, which this program does not support.
// Examples:
//
//	Acme                                 https://acme.atlassian.net
//	acme.atlassian.net/browse/X-1        https://acme.atlassian.net
//	http://acme.atlassian.net            https://acme.atlassian.net
//	acme.atlasian.net                    error: did you mean acme.atlassian.net?
//	https://company.com/jira             error
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
	if near := misspeltSite(u.Hostname()); near != "" {
		return "", fmt.Errorf("%s is not an address of Jira Cloud; did you mean %s?", strings.ToLower(u.Hostname()), near)
	}
	isSite := strings.HasSuffix(strings.ToLower(u.Hostname()), siteDomain)
	switch u.Scheme {
	case "https":
	case "http":
		if isSite {
			u.Scheme = "https" // sites answer http with a redirect to https
		} else if !loopback(u.Hostname()) {
			return "", fmt.Errorf("must be https (http is accepted for this machine only)")
		}
	default:
		return "", fmt.Errorf("must start with https://")
	}
	path := ""
	if parts := strings.Split(strings.Trim(u.Path, "/"), "/"); len(parts) >= 3 && parts[0] == "ex" && parts[1] == "jira" {
		path = "/ex/jira/" + parts[2]
	} else if parts[0] != "" && !isSite && !loopback(u.Hostname()) {
		return "", fmt.Errorf("%s has a path, which no Jira Cloud site has; write https://example.atlassian.net (Jira Data Center is not supported)", Shown(u.Scheme+"://"+u.Host+u.Path))
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host + path, nil
}

// siteDomain is what the host names of all sites end with.
const siteDomain = ".atlassian.net"

// misspeltSite returns the address that was probably meant by a host whose domain
// is nearly Atlassian's: acme.atlasian.net and acme.atlassian.com give
// acme.atlassian.net. It returns "" for any other host, and for those of
// Atlassian itself.
func misspeltSite(host string) string {
	labels := strings.Split(strings.ToLower(host), ".")
	if len(labels) < 3 || strings.HasSuffix(strings.ToLower(host), siteDomain) || strings.EqualFold(host, "api.atlassian.com") {
		return ""
	}
	domain, top := labels[len(labels)-2], labels[len(labels)-1]
	if names.Distance(domain, "atlassian") > 2 || domain == "atlassian" && len(labels) > 3 || len(top) > 4 {
		return ""
	}
	return strings.Join(labels[:len(labels)-2], ".") + siteDomain
}

// loopback reports whether a host is localhost or a loopback address.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
