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
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// doctor looks at everything between the settings and Jira's answers. Each
// check reports whether those after it make sense.
type doctor struct {
	*app
	*report
	cfg     config.Config
	options jira.Options
	client  *jira.Client
	where   jira.Where
	reach   jira.Reach
	user    jira.User
}

// settings says what is set, and where each value came from.
func (d *doctor) settings(ctx context.Context) error {
	cfg, err := d.app.settings(ctx)
	if err == nil {
		err = d.complete(&cfg)
	}
	d.options = jira.Options{Logger: slog.New(slog.DiscardHandler), Now: d.now, UserAgent: "jira-mcp/" + version()}
	if err == nil {
		err = d.connection(cfg, &d.options)
	}
	if err == nil {
		d.client, err = jira.New(d.options)
	}
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		advice := first
		if cfg.TokenFrom() == "" && !cfg.Stored {
			advice = "Run jira-mcp login, or set what is named above."
		}
		d.add("settings", stateFail, err.Error(), advice)
		return err
	}
	d.cfg = cfg
	from := func(name, stored string) string {
		if d.site != "" && name == "JIRA_URL" {
			return "--site"
		}
		return cmp.Or(cfg.From(name), stored)
	}
	lines := []string{fmt.Sprintf("site %s (%s)", cfg.Site, from("JIRA_URL", "login"))}
	if cfg.Email != "" {
		lines = append(lines, fmt.Sprintf("e-mail %s (%s)", cfg.Email, from("JIRA_EMAIL", "login")))
	}
	lines = append(lines, "token from "+d.tokenPlace())
	for _, s := range config.Settings() {
		switch set := cfg.From(s.Name); {
		case set == "", s.Name == "JIRA_URL", s.Name == "JIRA_EMAIL", slices.Contains(config.TokenSettings(), s.Name):
		case s.Secret():
			lines = append(lines, fmt.Sprintf("%s is set (not shown)", set))
		default:
			value, _ := d.lookup(set)
			if value == "" {
				value = "set in " + d.envFile
			}
			lines = append(lines, fmt.Sprintf("%s %s", set, value))
		}
	}
	d.add("settings", stateOK, strings.Join(lines, "\n"))
	return nil
}

// tokenPlace names where the token is, and from which setting that is known.
func (d *doctor) tokenPlace() string {
	source, ok := d.options.Credential.(*credential.Rotation)
	if !ok || len(source.Origins) == 0 {
		return "nowhere"
	}
	text := source.Origins[0].String()
	if from := d.cfg.TokenFrom(); from != "" && !strings.Contains(text, from) {
		text += " (" + from + ")"
	}
	if len(source.Origins) > 1 {
		text += ", then " + source.Origins[1].String()
	}
	return text
}

// network goes to the site without a credential: proxy, name, TLS.
func (d *doctor) network(ctx context.Context) bool {
	base := d.cfg.Base()
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: base})
	through := "none"
	switch {
	case err != nil:
		d.fail("proxy", errors.New("the proxy's address in the environment cannot be read"), "Correct HTTPS_PROXY.")
		return false
	case proxy != nil:
		through = (&url.URL{Scheme: proxy.Scheme, Host: proxy.Host}).String() + " (HTTPS_PROXY)"
		d.add("dns", stateSkip, "the proxy finds "+base.Hostname())
	case !d.dns(ctx, base.Hostname()):
		return false
	}
	d.reach, err = d.client.Reach(ctx)
	if err != nil {
		d.fail("tls", err)
		d.add("proxy", stateOK, through)
		return false
	}
	d.tls(base)
	d.add("proxy", stateOK, through)
	return true
}

func (d *doctor) dns(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		d.fail("dns", fmt.Errorf("the name %s is not known", host), "Check JIRA_URL and the network.")
		return false
	}
	d.add("dns", stateOK, host+" is "+strings.Join(found[:min(len(found), 3)], ", "))
	return true
}

func (d *doctor) tls(base *url.URL) {
	if d.reach.TLS == nil {
		d.add("tls", stateOK, "none: "+base.Scheme+" on this machine")
		return
	}
	leaf := d.reach.TLS.PeerCertificates[0]
	text := fmt.Sprintf("%s with %s, certificate by %s until %s", tls.VersionName(d.reach.TLS.Version), d.reach.Remote, cmp.Or(leaf.Issuer.CommonName, leaf.Issuer.String()), leaf.NotAfter.Format(time.DateOnly))
	if d.cfg.CAFile != "" {
		text += "; authorities of " + d.cfg.CAFile + " are trusted as well"
	}
	d.add("tls", stateOK, text)
}

// token reads the token from where it lives.
func (d *doctor) token(ctx context.Context) bool {
	if _, err := d.options.Credential.Credential(ctx); err != nil {
		d.fail("token", err, "Mend that: "+err.Error())
		return false
	}
	d.add("token", stateOK, "read from "+d.tokenPlace())
	return true
}

// place asks who is calling, at the site and at the gateway.
func (d *doctor) place(ctx context.Context) bool {
	var err error
	if d.where, err = d.client.Where(ctx); err == nil {
		d.user, err = d.client.Myself(ctx)
	}
	if err != nil && !jira.IsMissingScope(err) {
		advice := hint(err)
		if strings.Contains(advice, "Ask the person who runs this server") { // who reads this
			day := d.cfg.ExpiryDay()
			if advice = fmt.Sprintf("The API token expired on %s: make a new one at %s and put it in place of the old.", day, tokenPage); !day.IsZero() && day.Left(d.now()) <= 0 {
				d.fail("place", err, advice)
				return false
			}
			advice = fmt.Sprintf("Check the e-mail address, and at %s whether the token is still there; make a new one and put it in place of the old.", tokenPage)
		}
		d.fail("place", err, advice)
		return false
	}
	d.add("place", stateOK, fmt.Sprintf("%s: %s", d.where.Base, d.where.Why))
	if err != nil {
		d.fail("identity", err)
	} else {
		d.add("identity", stateOK, fmt.Sprintf("%s (%s)%s", d.user.DisplayName, d.user.AccountID, prefixed(", ", d.user.TimeZone)))
	}
	kind := cmp.Or(d.client.CredentialKind(), d.where.Kind)
	if strings.Contains(kind, "classic") {
		d.add("kind", stateOK, kind+". It may do all that its owner may; one with scopes may do less.")
	} else {
		d.add("kind", stateOK, kind)
	}
	return true
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// expiry says until when the token is valid, as far as anybody told.
func (d *doctor) expiry(ctx context.Context) bool {
	day := d.cfg.ExpiryDay()
	switch notice := d.client.CredentialNotice(ctx); {
	case notice != "":
		d.add("expiry", stateWarn, notice, notice, "Tokens are made at "+tokenPage)
	case day.IsZero() && !d.cfg.Access.IsZero():
		d.add("expiry", stateOK, "not known; access tokens end within hours")
	case day.IsZero():
		d.add("expiry", stateOK, "not known: Jira does not tell; JIRA_API_TOKEN_EXPIRES would warn in time")
	default:
		d.add("expiry", stateOK, fmt.Sprintf("%s, in %d days", day, day.Left(d.now())))
	}
	return true
}

// tools says which would be offered, and what stands in the way of others.
func (d *doctor) tools(ctx context.Context) bool {
	policy := tools.Policy{ReadOnly: d.cfg.ReadOnly, Tools: d.cfg.ToolNames(), ToolsFrom: d.cfg.ToolsFrom(), Lenient: true}
	var offered []kit.Tool
	var names, readOnly, unlisted []string
	for _, t := range tools.Catalog(tools.Deps{}) {
		switch {
		case policy.Offers(t):
			offered, names = append(offered, t), append(names, t.Name)
		case !policy.Allows(t.Effect):
			readOnly = append(readOnly, t.Name)
		default:
			unlisted = append(unlisted, t.Name)
		}
	}
	text := fmt.Sprintf("%d offered: %s", len(names), strings.Join(names, ", "))
	if len(readOnly) > 0 {
		text += fmt.Sprintf("\nnot offered, since %s is set: %s", d.cfg.From("JIRA_MCP_READ_ONLY"), strings.Join(readOnly, ", "))
	}
	if len(unlisted) > 0 {
		text += fmt.Sprintf("\nnot offered, since %s does not name them: %s", d.cfg.ToolsFrom(), strings.Join(unlisted, ", "))
	}
	if len(names) == 0 {
		d.add("tools", stateFail, text, "Change the settings named above: no tool is left.")
		return true
	}
	d.add("tools", stateOK, text)
	d.scopes(ctx, offered)
	d.permissions(ctx, offered)
	return true
}

// scopes tries, for a token that has them, each operation that can be tried
// without doing anything. Jira does not tell a token's scopes.
func (d *doctor) scopes(ctx context.Context, offered []kit.Tool) {
	if strings.Contains(d.where.Kind, "classic") {
		return
	}
	tries := []attempt{
		{jira.OpMyself, func() error { return d.client.Ping(ctx) }},
		{jira.OpFields, func() error { _, err := d.client.Fields(ctx); return err }},
		{jira.OpSearchProjects, func() error { _, err := d.client.SearchProjects(ctx, "", 0, 1); return err }},
		{jira.OpFindUsers, func() error { _, err := d.client.FindUsers(ctx, "a", 1); return err }},
		{jira.OpCheckPermissions, func() error {
			_, err := d.client.CheckPermissions(ctx, []string{"CREATE_ISSUES"}, []int64{1})
			return err
		}},
	}
	var lacking []string
	for _, t := range append(tries, d.writes(ctx)...) {
		var without []string
		for _, tool := range offered {
			if slices.Contains(tool.Requires, t.op.Key()) {
				without = append(without, tool.Name)
			}
			if slices.Contains(tool.Optional, t.op.Key()) {
				without = append(without, "parts of "+tool.Name)
			}
		}
		if len(without) > 0 && jira.IsMissingScope(t.try()) {
			lacking = append(lacking, fmt.Sprintf("%s needs the scope %s: %s will not work", t.op.ID, t.op.Scopes, strings.Join(without, ", ")))
		}
	}
	if len(lacking) > 0 {
		d.add("scopes", stateWarn, strings.Join(lacking, "\n"), "Make a token with the missing scopes ("+tokenPage+"), or offer fewer tools with JIRA_MCP_TOOLS or JIRA_MCP_READ_ONLY=true.")
		return
	}
	d.add("scopes", stateOK, "enough, as far as that can be tried without doing anything")
}

// nowhere is an issue that is not there: ids begin at 1. A write to it tells
// whether the token has the scope, and does nothing.
const nowhere = "0"

// writes are tried where they can do nothing. Creating has no such place.
func (d *doctor) writes(ctx context.Context) []attempt {
	return []attempt{
		{jira.OpEditIssue, func() error { _, err := d.client.EditIssue(ctx, nowhere, jira.Edit{}); return err }},
		{jira.OpAddComment, func() error {
			_, err := d.client.AddComment(ctx, nowhere, jira.NewComment{Body: map[string]any{"type": "doc", "version": 1, "content": []any{}}})
			return err
		}},
		{jira.OpTransition, func() error { return d.client.Transition(ctx, nowhere, jira.Move{TransitionID: "0"}) }},
	}
}

// attempt is an operation that is tried for its scope.
type attempt struct {
	op  jira.Operation
	try func() error
}

// permissions asks in how many projects the user may do what the tools do.
func (d *doctor) permissions(ctx context.Context, offered []kit.Tool) {
	page, err := d.client.SearchProjects(ctx, "", 0, 50)
	if err != nil {
		d.add("projects", stateWarn, "they could not be listed: "+err.Error(), hint(err))
		return
	}
	if len(page.Projects) == 0 {
		d.add("projects", stateWarn, "the user sees no project", "Give the user Browse Projects in the projects it is for.")
		return
	}
	needs := map[kit.Effect]string{kit.Create: "CREATE_ISSUES", kit.Edit: "EDIT_ISSUES", kit.Comment: "ADD_COMMENTS", kit.Transition: "TRANSITION_ISSUES"}
	var asked []string
	for _, t := range offered {
		if p := needs[t.Effect]; p != "" && !slices.Contains(asked, p) {
			asked = append(asked, p)
		}
	}
	text := fmt.Sprintf("the user sees %d", max(page.Total, len(page.Projects)))
	if len(asked) == 0 {
		d.add("projects", stateOK, text)
		return
	}
	var ids []int64
	for _, p := range page.Projects {
		if id, err := strconv.ParseInt(p.ID, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	grants, err := d.client.CheckPermissions(ctx, asked, ids)
	if err != nil {
		d.add("projects", stateOK, text+"; what it may do there could not be asked")
		return
	}
	count := map[string]int{}
	for _, g := range grants {
		count[g.Permission] = len(g.Projects)
	}
	state, advice := stateOK, ""
	for _, p := range asked {
		text += fmt.Sprintf(", %s in %d", strings.ToLower(strings.ReplaceAll(p, "_", " ")), count[p])
		if count[p] == 0 {
			state = stateWarn
			advice = fmt.Sprintf("The user may %s nowhere; grant it in a project, or set JIRA_MCP_READ_ONLY=true.", strings.ToLower(strings.ReplaceAll(p, "_", " ")))
		}
	}
	if len(ids) < page.Total {
		text += fmt.Sprintf(" (of the first %d)", len(ids))
	}
	d.add("projects", state, text, advice)
}

func hint(err error) string {
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		return hinter.Hint()
	}
	return ""
}

// speed measures a round trip, and compares the clocks.
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
	if d.reach.Date.IsZero() {
		d.add("clock", stateOK, "the other side does not tell the time")
		return true
	}
	// The header has whole seconds.
	off := d.now().Sub(d.reach.Date).Round(time.Second)
	if off.Abs() > 90*time.Second {
		d.add("clock", stateWarn, fmt.Sprintf("this machine's clock differs by %s from Jira's", off), "Set this machine's clock: certificates and dates depend on it.")
		return true
	}
	d.add("clock", stateOK, fmt.Sprintf("differs by %s from Jira's", off))
	return true
}
