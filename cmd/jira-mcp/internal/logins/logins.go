// Package logins remembers the sites that somebody has logged in to: where
// they are and as whom, never the token, which is in the system's keyring.
package logins

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Site is one login.
type Site struct {
	URL     string `json:"url"`
	Email   string `json:"email,omitempty"`
	Auth    string `json:"auth,omitempty"`    // as in JIRA_AUTH
	Expires string `json:"expires,omitempty"` // the token's last day, 2026-12-31
}

// Name is how people call the site: example for https://example.atlassian.net,
// else its host.
func (s Site) Name() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return s.URL
	}
	return strings.TrimSuffix(u.Host, ".atlassian.net")
}

// File keeps the sites, by address.
type File struct{ Path string }

type content struct {
	Sites []Site `json:"sites"`
}

// Load reads the file. Without a file there are no sites.
func (f File) Load() ([]Site, error) {
	text, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%s: %w; jira-mcp login writes it anew once it is removed", f.Path, err)
	}
	return c.Sites, nil
}

// Put adds a site, in place of what there was of it.
func (f File) Put(s Site) error {
	return f.change(func(list []Site) []Site { return append(without(list, s.URL), s) })
}

// Remove forgets a site.
func (f File) Remove(address string) error {
	return f.change(func(list []Site) []Site { return without(list, address) })
}

func without(list []Site, address string) []Site {
	return slices.DeleteFunc(list, func(s Site) bool { return s.URL == address })
}

func (f File) change(how func([]Site) []Site) error {
	list, err := f.Load()
	if err != nil {
		return err
	}
	list = how(list)
	slices.SortFunc(list, func(a, b Site) int { return strings.Compare(a.URL, b.URL) })
	text, err := json.MarshalIndent(content{list}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(f.Path), "sites-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part.Name()) }() // renamed, if all went well
	_, err = part.Write(append(text, '\n'))
	if err = errors.Join(err, part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), f.Path)
}
