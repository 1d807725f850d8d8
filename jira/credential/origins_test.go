package credential_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// logTo returns a logger that writes to b.
func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

// write writes a file with exactly the given mode.
func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // regardless of the umask
		t.Fatal(err)
	}
}

// token returns the origin's token and fails the test on an error.
func token(t *testing.T, o credential.Origin) string {
	t.Helper()
	s, err := o.Token(t.Context(), credential.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Reveal()
}

// TestFileModes checks that a file that others can write is rejected, that one
// that they can read causes a single warning, and that no log contains the
// token.
func TestFileModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing of others on Windows")
	}
	for _, c := range []struct {
		mode    os.FileMode
		warning bool
		refused bool
	}{
		{0o600, false, false}, {0o400, false, false},
		{0o444, true, false}, {0o644, true, false}, {0o640, true, false}, {0o440, true, false}, // as Kubernetes and Docker mount secrets
		{0o666, false, true}, {0o622, false, true}, {0o660, false, true}, {0o602, false, true},
	} {
		var logged bytes.Buffer
		path := filepath.Join(t.TempDir(), "token")
		write(t, path, "s3cret-token\n", c.mode)
		f := &credential.File{Path: path, Log: logTo(&logged)}
		for range 3 {
			got, err := f.Token(t.Context(), credential.Secret{})
			if c.refused && (err == nil || !strings.Contains(err.Error(), "others can write to it") || !strings.Contains(err.Error(), "chmod go-w")) {
				t.Errorf("%04o: %v", c.mode, err)
			}
			if !c.refused && (err != nil || got.Reveal() != "s3cret-token") {
				t.Errorf("%04o: %v", c.mode, err)
			}
		}
		if n := strings.Count(logged.String(), "others can read the API token file"); (n == 1) != c.warning || n > 1 {
			t.Errorf("%04o: %d warnings", c.mode, n)
		}
		if strings.Contains(logged.String(), "s3cret") {
			t.Errorf("%04o: the log shows the token", c.mode)
		}
	}
}

// TestFileAsKubernetesMountsIt checks that a new token is found when the link
// ..data is replaced: token → ..data/token, and ..data → a dated directory.
func TestFileAsKubernetesMountsIt(t *testing.T) {
	dir := t.TempDir()
	put := func(day, text string) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(dir, day), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, day, "token"), text, 0o644)
		for _, err := range []error{os.Symlink(day, filepath.Join(dir, "..tmp")), os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data"))} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	put("..2026_01", "first-token")
	if err := os.Symlink("..data/token", filepath.Join(dir, "token")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	f := &credential.File{Path: filepath.Join(dir, "token"), Log: slog.New(slog.DiscardHandler)}
	if got := token(t, f); got != "first-token" {
		t.Errorf("first: %q", got)
	}
	put("..2026_02", "other-token")
	if got := token(t, f); got != "other-token" {
		t.Errorf("after the swap: %q", got)
	}
}

// TestFileChanges checks that each new content of a file is found, that the
// last token stays while the file cannot be read, and that it does not stay if
// others can write the file.
func TestFileChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	var logged bytes.Buffer
	f := &credential.File{Path: path, Log: logTo(&logged)}
	if _, err := f.Token(t.Context(), credential.Secret{}); err == nil {
		t.Error("there is no file, and no error")
	}
	// All writes happen within one tick of the file system's clock.
	for n := range 20 {
		want := fmt.Sprintf("token-%02d", n)
		write(t, path, want, 0o600)
		if got := token(t, f); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	for name, broken := range map[string]func(){
		"empty in the middle of a change": func() { write(t, path, "", 0o600) },
		"gone":                            func() { os.Remove(path) },
	} {
		broken()
		if got := token(t, f); got != "token-19" {
			t.Errorf("%s: %q, want the last one", name, got)
		}
		token(t, f)
		write(t, path, "token-19", 0o600)
		token(t, f)
	}
	if n := strings.Count(logged.String(), "the last token stays"); n != 2 {
		t.Errorf("%d warnings, want one each", n)
	}
	write(t, path, "token-19", 0o666)
	if _, err := f.Token(t.Context(), credential.Secret{}); runtime.GOOS != "windows" && err == nil {
		t.Error("a file that others can write by now is still used")
	}
}

// TestMalformedTokens checks that malformed content is rejected by an error that
// repeats nothing of it.
func TestMalformedTokens(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"nothing": " \n", "two lines": "a-token\nanother", "a sentence": "my secret words", "beyond ASCII": "tökén", "control": "abc\x00def", "too long": strings.Repeat("x", 70_000),
		"quotes": `"secret words"`, "single quotes": "'secret'", "settings": "JIRA_API_TOKEN=secret words", "UTF-16 without a mark": "a\x00b\x00"} {
		path := filepath.Join(dir, name)
		write(t, path, text, 0o600)
		_, err := (&credential.File{Path: path, Log: slog.New(slog.DiscardHandler)}).Token(t.Context(), credential.Secret{})
		if err == nil || strings.Contains(err.Error(), "secret words") || strings.Contains(err.Error(), "another") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (&credential.File{Path: dir, Log: slog.New(slog.DiscardHandler)}).Token(t.Context(), credential.Secret{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
	for name, text := range map[string]string{"UTF-8": "\ufeffthe-token\r\n", "UTF-16LE": "\xff\xfet\x00h\x00e\x00-\x00t\x00o\x00k\x00e\x00n\x00\r\x00\n\x00", "UTF-16BE": "\xfe\xff\x00t\x00h\x00e\x00-\x00t\x00o\x00k\x00e\x00n"} {
		write(t, filepath.Join(dir, "bom"+name), text, 0o600)
		if got := token(t, &credential.File{Path: filepath.Join(dir, "bom"+name), Log: slog.New(slog.DiscardHandler)}); got != "the-token" {
			t.Errorf("%s with a byte order mark: %q", name, got)
		}
	}
}

// TestCommandLines checks how command lines are split, and which are rejected.
func TestCommandLines(t *testing.T) {
	for line, want := range map[string]string{
		`pass show jira`:                      "pass|show|jira",
		`op read "op://Work/Jira API/token"`:  "op|read|op://Work/Jira API/token",
		`a 'b "c" $HOME' d\ e`:                `a|b "c" $HOME|d e`,
		`["security", "find", "-w", "a  b"]`:  "security|find|-w|a  b",
		`sh -c "pass show jira | head -n 1"`:  "sh|-c|pass show jira | head -n 1",
		` vault kv get -field=token kv/jira `: "vault|kv|get|-field=token|kv/jira",
	} {
		c, err := credential.NewCommand(line, time.Now)
		if err != nil || strings.Join(c.Args, "|") != want {
			t.Errorf("%s: %v, %v", line, c, err)
		}
	}
	for _, line := range []string{"", "  ", `a "b`, `a b\`, `[`, `["a", 1]`, `[]`, `[""]`, "a | b", "a && b", "a > b", "~/bin/x; y ;"} {
		if c, err := credential.NewCommand(line, time.Now); err == nil {
			t.Errorf("%q is read as %q", line, c.Args)
		}
	}
}

// script returns a command that runs text in a shell; only tests use one.
func script(t *testing.T, text string, now func() time.Time) *credential.Command {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	c, err := credential.NewCommand(`["sh", "-c", "`+strings.ReplaceAll(text, `"`, `\"`)+`"]`, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCommandRunsOnceAndAgainWhenRefused checks that concurrent callers share
// one run, and that a refused token causes one more.
func TestCommandRunsOnceAndAgainWhenRefused(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	c := script(t, fmt.Sprintf("echo run >> %s/runs; cat %s/token; echo more", dir, dir), func() time.Time { return now })
	runs := func() int {
		b, _ := os.ReadFile(filepath.Join(dir, "runs"))
		return strings.Count(string(b), "run")
	}
	write(t, filepath.Join(dir, "token"), "first-token\n", 0o600)
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			if got := token(t, c); got != "first-token" {
				t.Errorf("%q", got)
			}
		})
	}
	wait.Wait()
	if runs() != 1 {
		t.Errorf("%d runs for 16 callers", runs())
	}
	write(t, filepath.Join(dir, "token"), "other-token\n", 0o600)
	now = now.Add(time.Minute)
	for range 16 {
		wait.Go(func() {
			got, err := c.Token(t.Context(), credential.NewSecret("first-token"))
			if err != nil || got.Reveal() != "other-token" {
				t.Errorf("%q, %v", got.Reveal(), err)
			}
		})
	}
	wait.Wait()
	if runs() != 2 {
		t.Errorf("%d runs, want one more for 16 refusals", runs())
	}
	// A refusal right after a run returns the same token without another run.
	if got, err := c.Token(t.Context(), credential.NewSecret("other-token")); err != nil || got.Reveal() != "other-token" || runs() != 2 {
		t.Errorf("%d runs, %v", runs(), err)
	}
}

// TestCommandFails checks the errors of failing commands: they end in time and
// contain nothing of the output.
func TestCommandFails(t *testing.T) {
	for text, words := range map[string]string{
		"echo s3cret >&2; exit 3": "status 3",
		"true":                    "it contains no token",
		"echo s3cret words here":  "not a token",
		"sleep 5":                 "did not finish within",
		"cat /dev/zero":           "did not finish within",
	} {
		c := script(t, text, time.Now)
		c.Timeout = 300 * time.Millisecond
		started := time.Now()
		_, err := c.Token(t.Context(), credential.Secret{})
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", text, err)
		}
		if took := time.Since(started); took > 4*time.Second {
			t.Errorf("%s: took %s", text, took)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := script(t, "sleep 5", time.Now).Token(ctx, credential.Secret{}); err == nil {
		t.Error("a cancelled caller gets a token")
	}
}

// TestCommandEnvironment checks that a command gets the process's environment,
// or Env if that is set.
func TestCommandEnvironment(t *testing.T) {
	t.Setenv("PASSWORD_STORE_DIR", "inherited")
	c := script(t, `echo "x$A$PASSWORD_STORE_DIR"`, time.Now)
	if got := token(t, c); got != "xinherited" {
		t.Errorf("the command sees %q", got)
	}
	c = script(t, `echo "x$A$PASSWORD_STORE_DIR"`, time.Now)
	c.Env = []string{"A=given"}
	if got := token(t, c); got != "xgiven" {
		t.Errorf("the command sees %q", got)
	}
}

// origin is an Origin whose token a test can change.
type origin struct {
	value string
	reads int
}

func (o *origin) Token(context.Context, credential.Secret) (credential.Secret, error) {
	o.reads++
	if o.value == "" {
		return credential.Secret{}, os.ErrNotExist
	}
	return credential.NewSecret(o.value), nil
}
func (o *origin) String() string { return "origin" }

// TestRotation checks the order in which tokens are offered, what is logged,
// and that OnUse gets each token before it is used.
func TestRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		var seen []string
		first, next := &origin{value: "first-token"}, &origin{value: "next-token"}
		r := &credential.Rotation{Email: "a@b.c", Origins: []credential.Origin{first, next}, Log: logTo(&logged), Now: time.Now,
			OnUse: func(c credential.Credential) { seen = append(seen, c.Token.Reveal()) }}
		current := func() string {
			c, err := r.Credential(t.Context())
			if err != nil {
				return err.Error()
			}
			return c.Token.Reveal()
		}
		accepted := func(token string) {
			r.ReportResult(credential.Credential{Email: "a@b.c", Token: credential.NewSecret(token)}, true)
		}
		another := func(refused string) string {
			r.ReportResult(credential.Credential{Email: "a@b.c", Token: credential.NewSecret(refused)}, false)
			c, ok := r.Replacement(t.Context(), credential.Credential{Email: "a@b.c", Token: credential.NewSecret(refused)})
			if !ok {
				return ""
			}
			return c.Token.Reveal()
		}
		for _, step := range []struct{ what, got, want string }{
			{"the first", current(), "first-token"},
			{"the first is refused", another("first-token"), "next-token"},
			{"it stays so", current(), "next-token"},
			{"all are refused", another("next-token"), ""},
			{"then the first is given, for a look now and then", current(), "first-token"},
		} {
			if step.got != step.want {
				t.Errorf("%s: %q, want %q", step.what, step.got, step.want)
			}
		}
		accepted("next-token")
		first.value = "third-token"
		if got := current(); got != "third-token" {
			t.Errorf("a new first token: %q", got)
		}
		accepted("third-token")
		first.value = ""
		if got := current(); got == "third-token" || got == "first-token" {
			t.Errorf("an origin without a token: %q", got)
		}
		first.value = "first-token"
		if got := another("next-token"); got != "" {
			t.Errorf("just after it was refused: %q", got)
		}
		time.Sleep(6 * time.Minute)
		if got := another("next-token"); got != "first-token" {
			t.Errorf("long after it was refused: %q", got)
		}
		if strings.Contains(logged.String(), "-token") || !strings.Contains(logged.String(), "the next token is used from now on") || !strings.Contains(logged.String(), "a new API token is in use") {
			t.Errorf("log: %s", logged.String())
		}
		for _, want := range []string{"first-token", "next-token", "third-token"} {
			if !strings.Contains(strings.Join(seen, " "), want) {
				t.Errorf("%s was used before it was told to whoever hides it", want)
			}
		}
	})
}

// TestExpiry checks on which days a warning is due, and that days are in UTC.
func TestExpiry(t *testing.T) {
	day, err := credential.ParseDay("2026-12-31")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		m, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for now, want := range map[string]string{
		"2026-12-16T23:59:59Z":      "",
		"2026-12-17T00:00:00Z":      "expires on 2026-12-31",
		"2026-12-30T12:00:00Z":      "expires tomorrow",
		"2026-12-31T08:00:00Z":      "expires today",
		"2027-01-01T00:00:00Z":      "should have expired on 2026-12-31",
		"2027-01-01T00:30:00+01:00": "expires today",
	} {
		if got := day.Notice(at(now)); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", now, got, want)
		}
	}
	for _, bad := range []string{"", "31.12.2026", "2026-13-01", "tomorrow"} {
		if _, err := credential.ParseDay(bad); err == nil {
			t.Errorf("%q is a day", bad)
		}
	}
}

// TestExpiryIsLoggedOnceADay checks that a token in use causes one warning a
// day.
func TestExpiryIsLoggedOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		day, _ := credential.ParseDay(time.Now().AddDate(0, 0, 10).Format(time.DateOnly))
		r := &credential.Rotation{Expires: day, Origins: []credential.Origin{&origin{value: "first-token"}}, Log: logTo(&logged), Now: time.Now}
		for range 72 {
			c, err := r.Credential(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			r.ReportResult(c, true)
			time.Sleep(time.Hour)
		}
		if n := strings.Count(logged.String(), "expires on"); n != 3 {
			t.Errorf("said %d times in 3 days", n)
		}
	})
}

// TestRedactor checks that a token is removed in each form, and that a secret
// that is too short is not.
func TestRedactor(t *testing.T) {
	var r credential.Redactor
	const text = "nothing is known yet"
	if r.Text(text) != text {
		t.Error("an empty redactor changes text")
	}
	cred := credential.Credential{Email: "ana@example.com", Token: credential.NewSecret(`ATATT3x/+"=&é<`)}
	r.Add(cred)
	r.Add(cred)
	r.AddSecret(credential.NewSecret("abc")) // too short to be searched for
	var out bytes.Buffer
	w := r.Writer(&out)
	shown := []string{
		`plain ATATT3x/+"=&é<.`,
		"basic " + cred.Basic(), "bearer " + cred.Bearer(),
		"unpadded " + strings.TrimRight(cred.Basic(), "="),
		"query ATATT3x%2F%2B%22%3D%26%C3%A9%3C",
		"path ATATT3x%2F+%22=&%C3%A9%3C",
		`json ATATT3x/+\"=\u0026é\u003c`,
		"low ATATT3x%2f%2b%22%3d%26%c3%a9%3c",
		"html ATATT3x/+&#34;=&amp;é&lt;",
		"html ATATT3x/+&#34;&#61;&amp;é&lt;",
		`markdown ATATT3x/+"=\\&é\\<`,
		`markdown in JSON ATATT3x/+\\"=\\\\&é\\\\<`,
		"abc stays",
	}
	for _, line := range shown {
		n, err := fmt.Fprintln(w, line)
		if err != nil || n != len(line)+1 {
			t.Errorf("wrote %d of %d, %v", n, len(line)+1, err)
		}
	}
	if strings.Contains(out.String(), "ATATT") || strings.Contains(out.String(), "YW5hQGV4YW1wbGUuY29t") {
		t.Errorf("shows:\n%s", out.String())
	}
	if n := strings.Count(out.String(), credential.Redacted); n != 12 || !strings.Contains(out.String(), "abc stays") {
		t.Errorf("%d of 12 replaced:\n%s", n, out.String())
	}
}

// BenchmarkRedactor measures Text on a long answer without a secret.
func BenchmarkRedactor(b *testing.B) {
	var r credential.Redactor
	r.Add(credential.Credential{Email: "ana@example.com", Token: credential.NewSecret("ATATT3xFfGF0abcdefghijklmnopqrstuvwxyz=ABCDEF12")})
	text := strings.Repeat("PAY-1 | In Progress | ATATT and other words of an answer\n", 430) // 24,000 characters
	for b.Loop() {
		r.Text(text)
	}
}

// TestFailedCommandRunsOnce checks that concurrent callers share
// the error of one run, since each run may ask for a fingerprint.
func TestFailedCommandRunsOnce(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	now := time.Now()
	c := script(t, "echo run >> "+runs+"; exit 1", func() time.Time { return now })
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			if _, err := c.Token(t.Context(), credential.Secret{}); err == nil {
				t.Error("a token")
			}
		})
	}
	wait.Wait()
	text, _ := os.ReadFile(runs)
	if n := strings.Count(string(text), "run"); n != 1 {
		t.Errorf("%d runs for 10 callers", n)
	}
	now = now.Add(9 * time.Second)
	_, _ = c.Token(t.Context(), credential.Secret{})
	if text, _ = os.ReadFile(runs); strings.Count(string(text), "run") != 1 {
		t.Error("run again within 10 seconds")
	}
	now = now.Add(2 * time.Second)
	_, _ = c.Token(t.Context(), credential.Secret{})
	if text, _ = os.ReadFile(runs); strings.Count(string(text), "run") != 2 {
		t.Error("never run again")
	}
}

// TestTimeoutKillsChildren checks that the timeout of a command kills its child
// processes too.
func TestTimeoutKillsChildren(t *testing.T) {
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		tty.Close()
		t.Skip("with a terminal the command stays in its group")
	}
	pid := filepath.Join(t.TempDir(), "pid")
	c := script(t, "sleep 60 & echo $! > "+pid+"; wait", time.Now)
	c.Timeout = 500 * time.Millisecond
	if _, err := c.Token(t.Context(), credential.Secret{}); err == nil {
		t.Fatal("a token")
	}
	text, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(text)) + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return // the process is gone, or a zombie
		}
		time.Sleep(10 * time.Millisecond) // the kill takes a moment
	}
	t.Errorf("the child %s is alive", text)
}

// TestRedactorEncodings checks that a token is found in every encoding in which a
// program between may show it, and that ordinary text is left alone.
func TestRedactorEncodings(t *testing.T) {
	const token = "ATATT3xFfGF0abcdefghijklmnopqrstuvwxyz=ABCDEF12"
	var r credential.Redactor
	r.Add(credential.Credential{Email: "ana@example.com", Token: credential.NewSecret(token)})
	each := func(format string) string {
		var b strings.Builder
		for _, c := range []byte(token) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	shown := map[string]string{
		"percent": each("%%%02X"), "lower percent": each("%%%02x"), "percent twice": each("%%25%02x"), "JSON": each(`\u%04x`), "JSON in JSON": each(`\\u%04X`), "Go": each(`\x%02x`),
		"JSON in a URL": strings.ReplaceAll(token, "=", "%5Cu003d"), "Markdown in a URL": strings.ReplaceAll(token, "=", "%5C="), "HTML in JSON": strings.ReplaceAll(token, "=", `\u0026#61;`),
		"percent in JSON": strings.ReplaceAll(token, "=", `\u00253D`), "HTML in a URL": strings.ReplaceAll(token, "=", "%26%2361%3B"), "HTML": strings.ReplaceAll(token, "=", "&#x3d;"),
		"partly": "ATATT3xFfGF0%61bcdefghijklmnopqrstuvwxyz%3dABC\\u0044EF12", "hex": each("%02x"), "upper hex": each("%02X"),
	}
	for n := range 3 {
		for name, encoding := range map[string]*base64.Encoding{"standard": base64.StdEncoding, "URL": base64.URLEncoding, "raw": base64.RawStdEncoding} {
			shown[fmt.Sprintf("base64 %s at %d", name, n)] = encoding.EncodeToString([]byte("xyz"[:n] + token + " and more"))
			shown[fmt.Sprintf("base64 %s at the end, %d", name, n)] = encoding.EncodeToString([]byte("user:12"[:5+n] + token))
		}
	}
	for name, text := range shown {
		if got := r.Text("before " + text + " after"); !strings.Contains(got, credential.Redacted) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
			t.Errorf("%s: %s", name, got)
		}
		if got := string(r.Bytes([]byte(text))); got == text {
			t.Errorf("%s: bytes: %s", name, got)
		}
	}
	for _, text := range []string{"100 % of ATATT", `C:\Users\ana`, "a%20b%3Dc", "0123456789abcdef", base64.StdEncoding.EncodeToString([]byte("nothing to hide, nothing at all"))} {
		if got := r.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// BenchmarkRedactorEscapes measures Text on a long answer with escapes, of which
// none is a secret.
func BenchmarkRedactorEscapes(b *testing.B) {
	var r credential.Redactor
	r.Add(credential.Credential{Email: "ana@example.com", Token: credential.NewSecret("ATATT3xFfGF0" + strings.Repeat("abcdefghijklmnopqrstuvwxyz", 7) + "=ABCDEF12")})
	text := strings.Repeat("PAY-1 | https://example.com/a%20b | ATATT and other words\n", 430) // 24,000 characters
	for b.Loop() {
		r.Text(text)
	}
}
