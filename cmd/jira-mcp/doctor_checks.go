package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// doctor checks everything between the settings and Jira's answers. A check
// adds findings, keeps what later checks need, and reports whether these make
// sense. It never changes anything in Jira.
type doctor struct {
	*app
	*doctorReport
	cfg      config.Config // set by settings
	options  jira.Options
	source   *credential.Rotation // the token's places
	client   *jira.Client         // a client like the server's, but without a log
	endpoint jira.Endpoint        // set by access
	siteInfo jira.SiteInfo        // set by network
	user     jira.User            // set by access
	tokenErr error                // why the first token cannot be read
}

// settings checks the settings and lists them with the variable that each came
// from. Values that are secrets are not shown.
func (d *doctor) settings(ctx context.Context) error {
	cfg, err := d.app.settings(ctx)
	if err == nil {
		err = d.complete(&cfg)
	}
	var around *fence.Fence
	if err == nil {
		around, err = cfg.Fence()
	}
	d.options = jira.Options{Fence: around, Logger: slog.New(slog.DiscardHandler), Now: d.now, UserAgent: "jira-mcp/" + version(), Redact: d.redactErrors}
	if err == nil {
		err = d.configureConnection(cfg, &d.options)
	}
	if err == nil {
		d.client, err = jira.New(d.options)
	}
	if err != nil {
		d.add("settings", stateFail, err.Error(), settingsAdvice(err))
		return err
	}
	d.cfg = cfg
	d.source, _ = d.options.Credential.(*credential.Rotation)
	lines := []string{fmt.Sprintf("site %s (%s)", cfg.Site, d.from("JIRA_URL"))}
	if cfg.Email != "" {
		lines = append(lines, fmt.Sprintf("e-mail %s (%s)", cfg.Email, d.from("JIRA_EMAIL")))
	}
	if cfg.Email == "" && cfg.AuthMethod() == "auto" {
		lines = append(lines, "no e-mail (JIRA_EMAIL is not set); only a token of a service account works without")
	}
	lines = append(lines, "token from "+d.tokenPlace())
	for _, s := range config.Settings() {
		switch set := cfg.From(s.Name); {
		case set == "", s.Name == "JIRA_URL", s.Name == "JIRA_EMAIL", slices.Contains(config.TokenSettings(), s.Name):
		case s.Secret():
			lines = append(lines, fmt.Sprintf("%s is set (not shown)", d.from(s.Name)))
		default:
			lines = append(lines, fmt.Sprintf("%s: %s", d.from(s.Name), cfg.Value(s.Name)))
		}
	}
	d.add("settings", stateOK, strings.Join(lines, "\n"))
	d.warnUnknownVars()
	return nil
}

// from returns where a setting's value came from: --site, a variable, a
// variable in the file of --env-file, or the login.
func (d *doctor) from(name string) string {
	set := d.cfg.From(name)
	switch {
	case name == "JIRA_URL" && d.site != "":
		return "--site"
	case set == "":
		return "login"
	}
	if value, _ := d.lookup(set); value == "" {
		return set + " in " + d.envFile
	}
	return set
}

// warnUnknownVars warns of variables that look like misspelt settings. Unlike
// unknownSettings it considers all names that begin with JIRA_. Such a
// variable may belong to another program, so that it is no error.
func (d *doctor) warnUnknownVars() {
	known := config.Names()
	for _, entry := range d.environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "JIRA_") || slices.Contains(known, name) {
			continue
		}
		if near := names.Nearest(name, known); near != "" {
			d.add("settings", stateWarn, fmt.Sprintf("%s is set, but this program has no such setting; the nearest is %s", name, near), fmt.Sprintf("Rename %s to %s if you meant that.", name, near))
		}
	}
}

// tokenPlace describes where the token is, and which setting says so.
func (d *doctor) tokenPlace() string {
	if d.source == nil || len(d.source.Origins) == 0 {
		return "nowhere"
	}
	text := d.source.Origins[0].String()
	for _, name := range config.TokenSettings() {
		if set := d.cfg.From(name); set == "" {
			continue
		} else if strings.Contains(text, set) {
			text = "the variable " + d.from(name)
		} else {
			text += " (" + d.from(name) + ")"
		}
	}
	if len(d.source.Origins) > 1 {
		text += ", then " + d.source.Origins[1].String()
	}
	return text
}

// network connects to the site without a credential, and so checks DNS, TLS and
// the proxy. Behind a proxy DNS is skipped, since the proxy resolves the name.
// If the error names the proxy, the finding is about that and not about the
// site.
func (d *doctor) network(ctx context.Context) bool {
	base := d.cfg.Base()
	connect := map[bool]string{true: "tls", false: "connect"}[base.Scheme == "https"]
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: base})
	through := "none"
	switch {
	case err != nil:
		d.fail("proxy", errors.New("the proxy address in the environment is not valid"), "Correct HTTPS_PROXY.")
		return false
	case proxy != nil:
		through = (&url.URL{Scheme: proxy.Scheme, Host: proxy.Host}).String() + " (HTTPS_PROXY)"
		d.add("dns", stateSkip, "the proxy resolves "+base.Hostname())
	case !d.dns(ctx, base.Hostname()):
		return false
	}
	if d.siteInfo, err = d.client.SiteInfo(ctx); err != nil {
		if proxy != nil && strings.Contains(err.Error(), "proxy") {
			d.add(connect, stateSkip, "not reached")
			d.fail("proxy", fmt.Errorf("%s: %w", through, err), "Correct HTTPS_PROXY, or add the site to NO_PROXY.")
			return false
		}
		d.fail(connect, err, d.nameSettings(hint(err)))
		d.add("proxy", stateOK, through)
		return false
	}
	d.tls(base, connect)
	d.add("proxy", stateOK, through)
	return true
}

// nameSettings puts the names of settings into advice from package jira, which
// does not know them.
func (d *doctor) nameSettings(advice string) string {
	authority := "as JIRA_CA_FILE"
	if d.cfg.CAFile != "" {
		authority = "in JIRA_CA_FILE, which does not contain it"
	}
	return strings.NewReplacer("as extra CA file", authority, "a client certificate.", "a client certificate: JIRA_CLIENT_CERT and JIRA_CLIENT_KEY.").Replace(advice)
}

// atlassianHost is a host name that exists as long as Jira Cloud does.
const atlassianHost = "api.atlassian.com"

// dns resolves the site's name, within five seconds.
func (d *doctor) dns(ctx context.Context, host string) bool {
	if net.ParseIP(host) != nil {
		d.add("dns", stateOK, host+" is an IP address")
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		// A name that always exists tells a wrong address from a missing network.
		if _, err := net.DefaultResolver.LookupHost(ctx, atlassianHost); err == nil {
			d.fail("dns", fmt.Errorf("no host is named %s, but the network works (%s was found)", host, atlassianHost), "Correct the site's address in "+d.from("JIRA_URL")+".")
			return false
		}
		d.fail("dns", fmt.Errorf("neither %s nor %s could be resolved: there is no network, or no name server", host, atlassianHost), "Check the network connection; behind a company's proxy, set HTTPS_PROXY.")
		return false
	}
	d.add("dns", stateOK, host+" is "+strings.Join(found[:min(len(found), 3)], ", "))
	return true
}

// tls adds the TLS version, the address and the certificate of the connection
// that network has made.
func (d *doctor) tls(base *url.URL, check string) {
	if d.siteInfo.TLS == nil {
		d.add(check, stateOK, base.Scheme+" on this machine, without TLS")
		return
	}
	leaf := d.siteInfo.TLS.PeerCertificates[0]
	text := fmt.Sprintf("%s with %s, certificate by %s, valid until %s", tls.VersionName(d.siteInfo.TLS.Version), d.siteInfo.Remote, cmp.Or(leaf.Issuer.CommonName, leaf.Issuer.String()), leaf.NotAfter.Format(time.DateOnly))
	if d.cfg.CAFile != "" {
		text += "; the authorities in " + d.cfg.CAFile + " are also trusted"
	}
	d.add(check, stateOK, text)
}

// speed measures the median time of three calls, and compares this machine's
// clock with the Date header that network has seen. More than 90 seconds of
// difference is a warning.
func (d *doctor) speed(ctx context.Context) bool {
	var took []time.Duration
	for range 3 {
		started := time.Now()
		if err := d.client.Ping(ctx); err != nil && !jira.IsMissingScope(err) {
			d.fail("speed", err)
			return false
		}
		took = append(took, time.Since(started))
	}
	slices.Sort(took)
	d.add("speed", stateOK, fmt.Sprintf("a call takes %s", took[1].Round(100*time.Microsecond)))
	if d.siteInfo.Date.IsZero() {
		d.add("clock", stateOK, "the site sent no Date header")
		return true
	}
	// The header has whole seconds.
	off := d.now().Sub(d.siteInfo.Date).Round(time.Second)
	if off.Abs() > 90*time.Second {
		d.add("clock", stateWarn, fmt.Sprintf("this machine's clock differs by %s from Jira's", off), "Set this machine's clock: certificates and dates depend on it.")
		return true
	}
	d.add("clock", stateOK, fmt.Sprintf("differs by %s from Jira's", off))
	return true
}

// hint returns the advice that an error carries, or "".
func hint(err error) string {
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		return hinter.Hint()
	}
	return ""
}
