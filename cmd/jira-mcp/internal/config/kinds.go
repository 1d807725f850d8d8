package config

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/key"
)

// checks are the kinds of settings whose text is checked and then kept as it
// is. For the other kinds see normalise.
var checks = map[string]func(string) error{
	"day": func(raw string) error {
		if _, err := credential.ParseDay(raw); err != nil {
			return errors.New("not a date like 2026-12-31")
		}
		return nil
	},
	"count": func(raw string) error {
		if n, err := strconv.Atoi(raw); err != nil || n < 0 || n > 100_000 {
			return fmt.Errorf("%s is not a number from 0 to 100000", Shown(raw))
		}
		return nil
	},
	"size": func(raw string) error {
		if n, err := strconv.Atoi(raw); err != nil || n < 1 || n > 100_000 {
			return fmt.Errorf("%s is not a number from 1 to 100000", Shown(raw))
		}
		return nil
	},
	"token": func(raw string) error { _, err := credential.ParseToken(raw); return err },
	"path": func(raw string) error {
		if looksLikeToken(raw) {
			return errors.New("looks like a token; set it to the path of a file that contains one")
		}
		if strings.HasPrefix(raw, "~") || strings.HasPrefix(raw, "$") {
			return errors.New("~ and $ are not expanded; write the full path")
		}
		return nil
	},
	"sink": func(raw string) error {
		n, isFile := strings.CutPrefix(raw, "fd:")
		switch number, err := strconv.Atoi(n); {
		case raw == "stdout", raw == "syslog", strings.HasPrefix(raw, "syslog:/"), isFile && err == nil && number > 2:
			return nil
		}
		return errors.New("must be syslog, stdout, or fd: and a number from 3 on")
	},
	"email": func(raw string) error {
		if !strings.Contains(raw, "@") {
			return errors.New("not an e-mail address")
		}
		return nil
	},
	"command": func(raw string) error {
		c, err := credential.NewCommand(raw, nil)
		switch {
		case err != nil:
			return err
		case looksLikeToken(c.Args[0]):
			return errors.New("looks like a token; set it to a command that prints one")
		case strings.Contains(c.Args[0], "="):
			return errors.New("begins with NAME=value, which needs a shell; put env before it, or set the variable for this server")
		}
		return nil
	},
	"headers": func(raw string) error { _, err := parseHeaders(raw); return err },
}

// choices are the values of the kinds that have few.
var choices = map[string][]string{
	"auth":     {"auto", "site", "gateway", "bearer"},
	"identity": {IdentityProcess, IdentityCaller},
	"format":   {"text", "json"},
}

// choose returns the value that a text names, in any letter case.
func choose(raw string, values []string) (string, error) {
	if value := strings.ToLower(raw); slices.Contains(values, value) {
		return value, nil
	}
	if len(values) == 2 {
		return "", fmt.Errorf("%s is neither %s nor %s", Shown(raw), values[0], values[1])
	}
	return "", fmt.Errorf("%s is not one of %s", Shown(raw), strings.Join(values, ", "))
}

// normalise checks the text of a setting of some kind and returns it in one
// spelling, so that two spellings of one value compare as equal: the bool "yes"
// becomes "true", the list "b, a,b" becomes "a,b". Its errors do not name the
// variable; the caller adds it.
func normalise(kind, raw string) (string, error) {
	if check := checks[kind]; check != nil {
		return raw, check(raw)
	}
	if values := choices[kind]; values != nil {
		return choose(raw, values)
	}
	switch kind {
	case "bool":
		switch strings.ToLower(raw) {
		case "true", "1", "yes", "on":
			return "true", nil
		case "false", "0", "no", "off":
			return "false", nil
		}
		return "", fmt.Errorf("%s is neither true/false, 1/0, yes/no nor on/off", Shown(raw))
	case "site":
		return parseSite(raw)
	case "cloudid":
		if !cloudID.MatchString(raw) {
			return "", fmt.Errorf("not a cloud ID like 11223344-a1b2-3b33-c444-def123456789")
		}
		return strings.ToLower(raw), nil
	case "level":
		var level slog.Level
		if err := level.UnmarshalText([]byte(raw)); err != nil || strings.ContainsAny(raw, "+-") {
			return "", fmt.Errorf("%s is not one of debug, info, warn, error", Shown(raw))
		}
		return strings.ToLower(raw), nil
	case "keys":
		if raw == AllProjects {
			return raw, nil
		}
		return parseProjectKeys(raw)
	case "weekdays":
		return parseWeekdays(raw)
	case "days":
		return parseDates(raw)
	case "list":
		names := strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
		if len(names) == 0 {
			return "", fmt.Errorf("names nothing; unset it to use the default")
		}
		slices.Sort(names)
		return strings.Join(slices.Compact(names), ","), nil
	}
	return raw, nil
}

// looksLikeToken reports whether text cannot be the name of a file or program:
// it begins like an Atlassian API token or a JWT, or is long and has no path
// separator. It catches a token that was put into the wrong variable, where an
// error would show it.
func looksLikeToken(s string) bool {
	return hasToken(s) || len(s) > 60 && !strings.ContainsAny(s, `/\\`)
}

// IsSecretLike reports whether text may be a secret: it begins like an Atlassian API
// token or a JWT, or is one long word with letters of both cases and digits, as
// older API tokens are.
func IsSecretLike(s string) bool {
	if strings.HasPrefix(s, "ATATT") || strings.HasPrefix(s, "ATSTT") || strings.HasPrefix(s, "eyJ") {
		return true
	}
	var lower, upper, digit bool
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= '0' && c <= '9':
			digit = true
		case !strings.ContainsRune("+=_-", c):
			return false
		}
	}
	return len(s) >= 20 && lower && upper && digit
}

// SecretWords returns the words in a text that may be secrets, wherever they stand:
// in the brackets of a placeholder, in a path or in a list.
func SecretWords(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("+=_-", r))
	})
	return slices.DeleteFunc(words, func(word string) bool { return !IsSecretLike(word) })
}

// hasToken reports whether a value is secret-like as a whole, or has a word that
// begins as Atlassian's tokens do. Other long words may be parts of a path.
func hasToken(s string) bool {
	return IsSecretLike(s) || slices.ContainsFunc(SecretWords(s), func(word string) bool { return strings.HasPrefix(word, "ATATT") || strings.HasPrefix(word, "ATSTT") })
}

// Shown returns a value of a setting in quotes for an error, or words in its place if
// it may be a secret in the wrong variable: if it is long and does not look like a
// path or an address.
func Shown(raw string) string {
	isLong := len(raw) > 20 && !strings.ContainsAny(raw, `/\.:`)
	if isLong || len(SecretWords(raw)) > 0 || strings.ContainsAny(raw, "\r\n") {
		return "the value (not shown, since it may be a secret)"
	}
	return strconv.Quote(raw)
}

// parseProjectKeys reads project keys, comma-separated, and returns them in
// upper case, sorted, each once.
func parseProjectKeys(raw string) (string, error) {
	var keys []string
	for _, project := range strings.Split(raw, ",") {
		if project = strings.TrimSpace(project); project == "" {
			continue
		}
		if project == AllProjects {
			return "", fmt.Errorf("%q stands for all projects, so it cannot be in a list; remove it, or write it alone", project)
		}
		if !key.IsProject(project) {
			return "", fmt.Errorf("%s is not a project's key like PAY", Shown(project))
		}
		keys = append(keys, strings.ToUpper(project))
	}
	if len(keys) == 0 {
		return "", errors.New("names no project; unset it, or set it to *, to allow all")
	}
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), ","), nil
}

// cloudID matches the UUID that Atlassian gives a site.
var cloudID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
