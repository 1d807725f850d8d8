package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// ParseSite reads an address as JIRA_URL has it: https://example.atlassian.net,
// a host name, or the bare name example.
func ParseSite(raw string) (string, error) { return site(strings.TrimSpace(raw)) }

var siteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)

// site reads a full URL, a host, or the bare name of a Jira Cloud site. A
// path below the host (/jira/your-work, /browse/X-1) is left out, except the
// gateway's.
func site(raw string) (string, error) {
	if siteName.MatchString(raw) && !strings.EqualFold(raw, "localhost") {
		return "https://" + strings.ToLower(raw) + ".atlassian.net", nil
	}
	if !strings.Contains(raw, "://") {
		scheme := "https://"
		if host, err := url.Parse("https://" + raw); err == nil && loopback(host.Hostname()) {
			scheme = "http://" // an embedded site on this machine
		}
		raw = scheme + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " ,") {
		return "", fmt.Errorf("not a site's address; write https://example.atlassian.net")
	}
	if u.User != nil {
		return "", fmt.Errorf("holds a user name or password; set JIRA_EMAIL and JIRA_API_TOKEN instead")
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

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
