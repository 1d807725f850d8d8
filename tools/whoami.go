package tools

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// siteTools are the tools on this server itself: where it works, as whom, and
// within which limits.
type siteTools struct{ env.Env }

// defineSiteTools returns the tools of the toolset site.
func defineSiteTools() []kit.Tool {
	return kit.Group(newSiteTools,
		kit.Define(kit.Spec{
			Name: "jira_whoami", Title: "Site, user and limits", Effect: kit.Read, Toolset: "site", Default: true,
			Description: "Get the Jira site, the user that this server acts as, the current time, and this server's limits.",
			Requires:    operation.Keys(jira.OpMyself), Optional: operation.Keys(jira.OpMyPermissions),
		}, (*siteTools).whoami),
	)
}

// whoamiInput are the arguments of jira_whoami: none.
type whoamiInput struct{}

// whoamiOutput is the result of jira_whoami.
type whoamiOutput struct {
	Site      string   `json:"site"`
	User      string   `json:"user"`
	AccountID string   `json:"account_id"`
	Email     string   `json:"email,omitempty"`
	With      string   `json:"credential,omitempty"` // its kind
	Expiry    string   `json:"token_expiry,omitempty"`
	TimeZone  string   `json:"time_zone"`
	Now       string   `json:"now"`
	ReadOnly  bool     `json:"read_only"`
	May       []string `json:"may"`                         // the effects that this server allows
	Writes    int      `json:"writes_per_minute,omitempty"` // for each caller
	Projects  []string `json:"projects,omitempty"`          // to which this server is confined
	WriteIn   []string `json:"writable_projects,omitempty"` // those of them to which it may write
	Tools     []string `json:"tools"`
	Withheld  []string `json:"withheld,omitempty"` // by this server's configuration
	// No tool of WithheldToolsets is offered; some of PartToolsets are.
	WithheldToolsets []string `json:"withheld_toolsets,omitempty"`
	PartToolsets     []string `json:"part_toolsets,omitempty"`
	// Unusable are tools for which the user has the permission in no project,
	// with the reason.
	Unusable map[string]string `json:"unusable,omitempty"`
	Warning  string            `json:"trouble,omitempty"` // a problem of this server, for the person who runs it
}

func newSiteTools(e env.Env) *siteTools { return &siteTools{e} }

// whoami implements jira_whoami.
func (s *siteTools) whoami(ctx context.Context, _ whoamiInput) (*whoamiOutput, error) {
	me, err := s.Jira.Myself(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := s.Zone(ctx)
	if err != nil {
		return nil, err
	}
	out := &whoamiOutput{Site: s.Jira.Site(), User: me.DisplayName, AccountID: me.AccountID, Email: me.Email, With: s.Jira.CredentialKind(), Expiry: s.Jira.CredentialNotice(ctx), TimeZone: zone.String(),
		Now: s.Now().In(zone).Format(text.DisplayTimeLayout), ReadOnly: s.Limits.ReadOnly, Tools: s.Limits.Offered, Withheld: s.Limits.Withheld, WithheldToolsets: s.Limits.WithheldToolsets, PartToolsets: s.Limits.PartToolsets}
	if s.Limits.Unavailable != nil {
		if out.Unusable, err = s.Limits.Unavailable(ctx); err != nil {
			out.Warning = fmt.Sprintf("Could not check which tools the user may use: %v.", err)
		}
		out.Tools = slices.DeleteFunc(slices.Clone(out.Tools), func(t string) bool { return out.Unusable[t] != "" })
	}
	if s.Limits.AuditError != nil {
		out.Warning = strings.TrimSpace(out.Warning + "\n" + s.Limits.AuditError())
	}
	for _, e := range s.Limits.Effects {
		out.May = append(out.May, string(e))
	}
	if !out.ReadOnly {
		out.Writes = s.Limits.WritesPerMinute
	}
	if f := s.Jira.Fence(); f != nil {
		out.Projects, out.WriteIn = f.Projects(), f.Writable()
	}
	return out, nil
}

// Markdown implements [kit.Output].
func (o *whoamiOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Site: %s\nUser: %s (%s)%s%s\nTime: %s (%s)\n", o.Site, o.User, o.AccountID, text.PrefixIfSet(", ", o.Email), text.PrefixIfSet("\nCredential: ", o.With)+text.PrefixIfSet("\n", o.Expiry), o.Now, o.TimeZone)
	if o.ReadOnly {
		b.WriteString("Limits: read-only, nothing can be changed.")
	} else {
		fmt.Fprintf(&b, "Limits: may %s, within the permissions of the user and the token.", strings.Join(o.May, ", "))
		if o.Writes > 0 {
			fmt.Fprintf(&b, " At most %d issues written a minute.", o.Writes)
		}
	}
	if len(o.Projects) > 0 {
		fmt.Fprintf(&b, "\nConfined to the projects %s; may write in %s.", strings.Join(o.Projects, ", "), strings.Join(o.WriteIn, ", "))
	} else {
		b.WriteString("\nProjects: all that the user can see.")
	}
	if len(o.WithheldToolsets)+len(o.PartToolsets) > 0 {
		b.WriteString("\nToolsets not offered by this server: " + text.ValueOrNone(strings.Join(o.WithheldToolsets, ", ")) + text.PrefixIfSet("; offered in part: ", strings.Join(o.PartToolsets, ", ")))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Unusable)) {
		fmt.Fprintf(&b, "\nNot offered: %s, since %s.", name, o.Unusable[name])
	}
	b.WriteString(text.PrefixIfSet("\n", o.Warning))
	return b.String()
}
