// Package config reads the program's settings from the environment. It reports
// all problems at once, each by the name of its variable, and never with a
// value that may be a secret.
//
// The fields of [Config] are the settings; their tags hold everything that is
// known of one, so that adding a setting means adding a field:
//
//   - env: the variable, and its default.
//   - alias: other variables with the same meaning, under which people may
//     already have the value.
//   - kind: how the text is checked and normalised; see normalise in kinds.go.
//   - restricts: yes if the setting limits what the program may do, or records
//     it; otherwise no. A server whose restrictions cannot be read offers
//     nothing (see [Restricts]).
//   - doc: the description in jira-mcp --help and docs/configuration.md. It ends
//     with "; default: …" if the env tag does not have the default.
//
// [Load] reads a Config. Two steps follow, since not every command needs them:
// [Config.Credentials] checks that a call to Jira is possible, and
// [Config.Fence] builds the fence around the configured projects. Read
// config.go first, then kinds.go, site.go and calendar.go for the formats, and
// credentials.go.
package config

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/sethvargo/go-envconfig"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
)

// Config holds every setting. A setting that is a list is kept as normalised
// text, comma-separated and sorted; see [Config.List].
type Config struct {
	Site          string            `env:"JIRA_URL" alias:"JIRA_BASE_URL,JIRA_HOST,JIRA_DOMAIN,ATLASSIAN_HOST,ATLASSIAN_SITE_NAME" kind:"site" restricts:"no" doc:"the site: https://example.atlassian.net, its host name, or just example"`
	Email         string            `env:"JIRA_EMAIL" alias:"JIRA_USERNAME,ATLASSIAN_EMAIL,ATLASSIAN_USER_EMAIL" kind:"email" restricts:"no" doc:"the e-mail address of the account that owns the token"`
	TokenFile     string            `env:"JIRA_API_TOKEN_FILE" kind:"path" restricts:"no" doc:"a file with an API token of that account, with or without scopes; reread when it changes"`
	TokenCommand  string            `env:"JIRA_API_TOKEN_COMMAND" kind:"command" restricts:"no" doc:"a command that prints the token, as shell-style words or a JSON array; runs without a shell"`
	Token         credential.Secret `env:"JIRA_API_TOKEN" alias:"ATLASSIAN_API_TOKEN,ATLASSIAN_TOKEN" kind:"token" restricts:"no" doc:"the token itself; prefer jira-mcp login, a file or a command"`
	NextFile      string            `env:"JIRA_API_TOKEN_NEXT_FILE" kind:"path" restricts:"no" doc:"a file with the next token, which takes over when Jira refuses the first"`
	NextToken     credential.Secret `env:"JIRA_API_TOKEN_NEXT" kind:"token" restricts:"no" doc:"the next token itself, in place of JIRA_API_TOKEN_NEXT_FILE"`
	Expires       string            `env:"JIRA_API_TOKEN_EXPIRES" kind:"day" restricts:"no" doc:"the day the token expires, such as 2026-12-31; warnings start 14 days before"`
	Access        credential.Secret `env:"JIRA_ACCESS_TOKEN" kind:"token" restricts:"no" doc:"an OAuth 2.0 access token, in place of an API token and e-mail"`
	Auth          string            `env:"JIRA_AUTH, default=auto" kind:"auth" restricts:"no" doc:"the endpoint that accepts the token: auto (detected), site, gateway, or bearer (an access token at the gateway)"`
	CloudID       string            `env:"JIRA_CLOUD_ID" kind:"cloudid" restricts:"no" doc:"the site's cloud ID; default: requested from the site when needed"`
	CAFile        string            `env:"JIRA_CA_FILE" kind:"path" restricts:"no" doc:"certificate authorities (PEM) to trust besides the system's, such as a TLS-inspecting proxy's"`
	ClientCert    string            `env:"JIRA_CLIENT_CERT" kind:"path" restricts:"no" doc:"a client certificate (PEM), for a proxy in front of Jira that requires one"`
	ClientKey     string            `env:"JIRA_CLIENT_KEY" kind:"path" restricts:"no" doc:"the client certificate's key (PEM)"`
	Headers       credential.Secret `env:"JIRA_EXTRA_HEADERS" alias:"JIRA_CUSTOM_HEADERS" kind:"headers" restricts:"no" doc:"headers to send with every request: Name=value, comma-separated"`
	Projects      string            `env:"JIRA_MCP_PROJECTS" alias:"JIRA_PROJECTS_FILTER" kind:"keys" restricts:"yes" doc:"confine the server to these projects (keys, comma-separated): nothing of other projects is read, named or written; default: all projects, which * says explicitly"`
	WriteProjects string            `env:"JIRA_MCP_WRITE_PROJECTS" kind:"keys" restricts:"yes" doc:"the projects of JIRA_MCP_PROJECTS that may be written to; default: all of them"`
	ReadOnly      bool              `env:"JIRA_MCP_READ_ONLY" alias:"READ_ONLY_MODE" kind:"bool" restricts:"yes" doc:"offer only tools that change nothing; default: false"`
	Allow         string            `env:"JIRA_MCP_ALLOW" kind:"list" restricts:"yes" doc:"allowed effects of tools, comma-separated: read, comment, create, edit, transition, manage, delete; default: all but manage and delete"`
	Toolsets      string            `env:"JIRA_MCP_TOOLSETS" kind:"list" restricts:"yes" doc:"offer these toolsets, comma-separated: default, all, attachments, boards, bulk, comments, filters, issues, links, projects, reports, site, versions, watchers, worklogs; default: the toolset default"`
	Tools         string            `env:"JIRA_MCP_TOOLS" alias:"ENABLED_TOOLS" kind:"list" restricts:"yes" doc:"offer only these tools, comma-separated"`
	ExcludeTools  string            `env:"JIRA_MCP_EXCLUDE_TOOLS" kind:"list" restricts:"yes" doc:"never offer these tools, comma-separated"`
	Structured    bool              `env:"JIRA_MCP_STRUCTURED" kind:"bool" restricts:"no" doc:"send structured content and output schemas beside the text, for clients that are programs; many assistants show the model the JSON in place of the text; default: false"`
	Writes        int               `env:"JIRA_MCP_WRITES_PER_MINUTE, default=60" kind:"count" restricts:"yes" doc:"how many issues a caller may write per minute; 0 for no limit"`
	Probe         bool              `env:"JIRA_MCP_PROBE, default=true" kind:"bool" restricts:"no" doc:"check the user's permissions in Jira, and withhold tools that the user can use in no project"`
	Identity      string            `env:"JIRA_MCP_IDENTITY, default=process" kind:"identity" restricts:"yes" doc:"the Jira user of calls over HTTP and SSE: process (the user whose token this process has) or caller (each request carries its sender's own Jira credential)"`
	CallerBearer  bool              `env:"JIRA_MCP_CALLER_BEARER" kind:"bool" restricts:"yes" doc:"with JIRA_MCP_IDENTITY=caller: also accept an OAuth access token that the caller obtained for Jira, in the header X-Jira-Authorization: Bearer; default: false"`
	MaxTenants    int               `env:"JIRA_MCP_MAX_TENANTS, default=500" kind:"size" restricts:"no" doc:"with JIRA_MCP_IDENTITY=caller: maximum number of servers in memory, one for each credential"`
	PolicyFile    string            `env:"JIRA_MCP_POLICY_FILE" kind:"path" restricts:"yes" doc:"with JIRA_MCP_IDENTITY=caller: a file (YAML) with rules that narrow what individual people get, by account, e-mail domain or group; reread when it changes"`
	AuditFile     string            `env:"JIRA_MCP_AUDIT_FILE" kind:"path" restricts:"yes" doc:"an append-only file (mode 0600) with one JSON line per call: caller, action, issues and outcome; calls that write go to a file of their own beside it, audit.writes.jsonl for audit.jsonl"`
	AuditSize     int               `env:"JIRA_MCP_AUDIT_MAX_MB, default=10" kind:"size" restricts:"yes" doc:"size in megabytes at which a new audit file begins; five old files are kept; old files of writes are kept for JIRA_MCP_AUDIT_KEEP_DAYS days"`
	AuditKeepDays int               `env:"JIRA_MCP_AUDIT_KEEP_DAYS, default=365" kind:"count" restricts:"yes" doc:"days after which old audit files of writes are removed; 0 keeps all"`
	AuditSink     string            `env:"JIRA_MCP_AUDIT_SINK" kind:"sink" restricts:"yes" doc:"a second place for audit lines: syslog (Unix), fd:N for a file descriptor that is open at start, or stdout (with --transport http or sse)"`
	AuditArgs     bool              `env:"JIRA_MCP_AUDIT_ARGUMENTS" kind:"bool" restricts:"yes" doc:"write the arguments of calls, issue text included, to the audit file, in place of their size and hash; default: false"`
	FilesDir      string            `env:"JIRA_MCP_FILES_DIR" kind:"path" restricts:"yes" doc:"a directory with files that may be attached to issues; default: none"`
	WorkingDays   string            `env:"JIRA_MCP_WORKING_DAYS" kind:"weekdays" restricts:"no" doc:"working days in reports: days and ranges, comma-separated, such as sun-thu or mon,wed; default: mon-fri"`
	Holidays      string            `env:"JIRA_MCP_HOLIDAYS" kind:"days" restricts:"no" doc:"non-working dates in reports, comma-separated, such as 2026-12-25,2026-12-26"`
	LogLevel      string            `env:"JIRA_MCP_LOG_LEVEL, default=info" kind:"level" restricts:"no" doc:"log level: debug, info, warn or error"`
	LogFormat     string            `env:"JIRA_MCP_LOG_FORMAT, default=text" kind:"format" restricts:"no" doc:"log format: text or json"`

	// Stored reports that the site's token is in the keyring, where a login put
	// it. The caller of Load sets it.
	Stored bool

	from map[string]string // the canonical name → the variable that was set; "" if none was
}

// Load reads the settings. The function lookup is os.LookupEnv, or a test's.
// The error is of type [Problems]; the Config is returned as well, as far as it
// could be read.
func Load(ctx context.Context, lookup func(string) (string, bool)) (Config, error) {
	l := &lookuper{lookup: lookup, settings: settings(), from: map[string]string{}}
	var c Config
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &c, Lookuper: l}); err != nil && len(l.problems) == 0 {
		l.problems = append(l.problems, Problem{Text: err.Error(), Restricts: true})
	}
	c.from = l.from
	if len(l.problems) > 0 {
		return c, l.problems
	}
	return c, nil
}

// lookuper gives envconfig the value of a setting, whichever of its variables
// is set, in normalised form. It collects problems itself, since envconfig
// stops at the first one and names fields rather than variables.
type lookuper struct {
	lookup   func(string) (string, bool)
	settings map[string]Setting
	from     map[string]string
	problems Problems
}

// Lookup implements envconfig.Lookuper. An empty variable counts as unset.
//
// Two variables of one setting may both be set if they mean the same after
// normalisation: JIRA_URL=acme and JIRA_HOST=acme.atlassian.net agree, and
// READ_ONLY_MODE=1 and JIRA_MCP_READ_ONLY=on do. Otherwise it is a problem.
func (l *lookuper) Lookup(name string) (string, bool) {
	f, ok := l.settings[name]
	if !ok {
		return "", false
	}
	value, from, blank := "", "", ""
	for _, variable := range append([]string{name}, f.aliases...) {
		raw, set := l.lookup(variable)
		if f.kind == "keys" && set && strings.TrimSpace(raw) == "" {
			blank = variable
		}
		if raw = strings.TrimSpace(raw); !set || raw == "" {
			continue
		}
		if isUnfilledOption(raw) && !f.Restricts() {
			continue
		}
		normal, err := f.normalise(raw)
		if err != nil {
			l.problems = append(l.problems, Problem{variable + ": " + err.Error(), f.Restricts()})
			continue
		}
		if from == "" {
			value, from = normal, variable
		} else if normal != value {
			l.problems = append(l.problems, Problem{fmt.Sprintf("%s and %s are set to different values; keep one of them", from, variable), f.Restricts()})
		}
	}
	// An empty list of projects is a mistake: an empty boundary must not mean
	// no boundary.
	if blank != "" && from == "" {
		l.problems = append(l.problems, Problem{blank + ": names no project; unset it, or set it to *, to allow all", f.Restricts()})
	}
	l.from[name] = from
	return value, from != ""
}

// Setting is the description of one setting, from the tags of [Config].
type Setting struct {
	Name      string   // the canonical variable
	aliases   []string // other variables
	kind      string
	secret    bool   // the value must not be shown
	restricts string // yes or no
	Doc       string // one line for people
	Default   string // the value if none is set, in words; "" if there is none
}

// Restricts reports whether the setting limits what the program may do, or
// records it. One that does not say so counts as if it did.
func (s Setting) Restricts() bool { return s.restricts != "no" }

// RestrictsTag returns what the setting's tag says: yes or no.
func (s Setting) RestrictsTag() string { return s.restricts }

// settings returns the settings by name.
func settings() map[string]Setting {
	out := map[string]Setting{}
	for _, s := range Settings() {
		out[s.Name] = s
	}
	return out
}

// Settings lists the settings in the order of [Config], for documentation.
func Settings() []Setting {
	var out []Setting
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("env"), ",")
		if name == "" {
			continue
		}
		s := Setting{Name: name, kind: f.Tag.Get("kind"), restricts: f.Tag.Get("restricts"), secret: f.Type == reflect.TypeFor[credential.Secret]()}
		s.Doc, s.Default, _ = strings.Cut(f.Tag.Get("doc"), "; default: ")
		if _, value, ok := strings.Cut(options, "default="); ok {
			s.Default = value
		}
		if a := f.Tag.Get("alias"); a != "" {
			s.aliases = strings.Split(a, ",")
		}
		out = append(out, s)
	}
	return out
}

// Kind returns how the setting's text is checked, as its tag says.
func (s Setting) Kind() string { return s.kind }

// Secret reports whether the setting's value must never be shown.
func (s Setting) Secret() bool { return s.secret }

// Aliases returns the setting's other variables.
func (s Setting) Aliases() []string { return s.aliases }

// NamesSite reports whether a variable sets the site's address.
func NamesSite(variable string) bool {
	s := settings()["JIRA_URL"]
	return variable == s.Name || slices.Contains(s.aliases, variable)
}

// Restrictions returns the variables under which the settings that restrict may be given.
func Restrictions() []string {
	var all []string
	for _, s := range Settings() {
		if s.Restricts() {
			all = append(append(all, s.Name), s.aliases...)
		}
	}
	return all
}

// Value returns the normalised value of a setting as text, or "" if there is no
// such setting or it is a secret.
func (c Config) Value(name string) string {
	v, t := reflect.ValueOf(c), reflect.TypeFor[Config]()
	for i := range t.NumField() {
		if env, _, _ := strings.Cut(t.Field(i).Tag.Get("env"), ","); env == name && t.Field(i).Type != reflect.TypeFor[credential.Secret]() {
			return fmt.Sprint(v.Field(i).Interface())
		}
	}
	return ""
}

// Base returns the address of Jira's API; its path is empty, but for a
// gateway's address.
func (c Config) Base() *url.URL {
	u, err := url.Parse(c.Site)
	if err != nil {
		return &url.URL{}
	}
	return u
}

// List returns the elements of a setting that is a list, or nil if it is not
// set.
func (c Config) List(name string) []string {
	if value := c.Value(name); value != "" {
		return strings.Split(value, ",")
	}
	return nil
}

// AllProjects is the value of JIRA_MCP_PROJECTS for no fence, for clients whose
// form cannot leave a field out.
const AllProjects = "*"

// Fence returns the fence around the configured projects, or nil if none are
// configured or all are allowed. JIRA_MCP_WRITE_PROJECTS without JIRA_MCP_PROJECTS is an error.
func (c Config) Fence() (*fence.Fence, error) {
	if c.Projects == "" || c.Projects == AllProjects {
		if c.WriteProjects != "" && c.WriteProjects != AllProjects {
			return nil, Problems{{"JIRA_MCP_WRITE_PROJECTS requires JIRA_MCP_PROJECTS to name projects", true}}
		}
		return nil, nil
	}
	var writable []string
	if c.WriteProjects != "" && c.WriteProjects != AllProjects {
		writable = strings.Split(c.WriteProjects, ",")
	}
	f, err := fence.New(strings.Split(c.Projects, ","), writable)
	if err != nil {
		return nil, Problems{{"JIRA_MCP_PROJECTS, JIRA_MCP_WRITE_PROJECTS: " + err.Error(), true}}
	}
	return f, nil
}

// Level returns the log level.
func (c Config) Level() slog.Level {
	var l slog.Level
	_ = l.UnmarshalText([]byte(c.LogLevel))
	return l
}
