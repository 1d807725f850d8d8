// Package logins keeps the list of sites that a person has logged in to: their
// addresses and accounts. The tokens are not in it; they are in the system's
// keyring. [File] is the list, [Site] one entry.
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
	URL     string `json:"url"`               // https://example.atlassian.net
	Email   string `json:"email,omitempty"`   // of the account; "" for an OAuth access token
	Auth    string `json:"auth,omitempty"`    // as in JIRA_AUTH
	Expires string `json:"expires,omitempty"` // the token's last day, 2026-12-31
}

// Name returns the short name of the site: example for
// https://example.atlassian.net, otherwise its host.
func (s Site) Name() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return s.URL
	}
	return strings.TrimSuffix(u.Host, ".atlassian.net")
}

// File is the JSON file with the sites, sorted by address.
type File struct {
	Path string
	// Earlier are files of earlier versions, from which sites are read and removed.
	Earlier []string
}

// fileContent is the file's JSON.
type fileContent struct {
	Sites []Site `json:"sites"`
}

// Load returns the sites in the file, and those that only an earlier file has. It
// returns none if there is no file.
func (f File) Load() ([]Site, error) {
	list, err := load(f.Path)
	if err != nil {
		return nil, err
	}
	for _, path := range f.Earlier {
		earlier, err := load(path)
		if err != nil {
			return nil, err
		}
		for _, s := range earlier {
			if !slices.ContainsFunc(list, func(known Site) bool { return known.URL == s.URL }) {
				list = append(list, s)
			}
		}
	}
	slices.SortFunc(list, func(a, b Site) int { return strings.Compare(a.URL, b.URL) })
	return list, nil
}

// load returns the sites in one file.
func load(path string) ([]Site, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var c fileContent
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%s: %w; remove it, then run jira-mcp login to create it again", path, err)
	}
	return c.Sites, nil
}

// Put adds a site, and replaces an entry with the same address.
func (f File) Put(s Site) error {
	return update(f.Path, func(list []Site) []Site { return append(without(list, s.URL), s) })
}

// Remove removes the site with an address from all files, if it is there. A file
// without sites is removed, and so is its directory if nothing else is in it.
func (f File) Remove(address string) error {
	for _, path := range append([]string{f.Path}, f.Earlier...) {
		list, err := load(path)
		if err != nil {
			return err
		}
		if rest := without(list, address); len(rest) > 0 {
			err = update(path, func(list []Site) []Site { return without(list, address) })
		} else if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		if err != nil {
			return err
		}
		_ = os.Remove(filepath.Dir(path)) // fails if the directory has something else in it
	}
	return nil
}

// without removes the sites with an address from a list.
func without(list []Site, address string) []Site {
	return slices.DeleteFunc(list, func(s Site) bool { return s.URL == address })
}

// update applies a function to the list and writes the file. It writes a
// temporary file with mode 0600 and renames it, so that readers never see half
// a file.
func update(path string, how func([]Site) []Site) error {
	list, err := load(path)
	if err != nil {
		return err
	}
	list = how(list)
	slices.SortFunc(list, func(a, b Site) int { return strings.Compare(a.URL, b.URL) })
	text, err := json.MarshalIndent(fileContent{list}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), "sites-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part.Name()) }() // removes nothing after the rename
	_, err = part.Write(append(text, '\n'))
	if err = errors.Join(err, part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}
