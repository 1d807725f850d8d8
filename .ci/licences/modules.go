package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// licenceFile matches the names of files with licences and notices that have to
// be passed on.
var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]es?|copying|copyright|notice|ofl)([.-].*)?$`)

// chosen names the file to pass on where a module's licence leaves the choice
// between several in files that licenceFile does not match. The general text of
// such a module is passed on as well.
var chosen = map[string]string{
	"github.com/golang/freetype": "licenses/ftl.txt", // or the GPL
}

// modules holds the folders of each linked module that may contain licences:
// those of the linked packages and all folders above them. A folder may have a
// licence of its own when it contains code or data of other authors.
type modules map[goModule]map[string]bool

// add adds packages of other modules.
func (m modules) add(pkgs []goPackage) {
	for _, p := range pkgs {
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		if m[*p.Module] == nil {
			m[*p.Module] = map[string]bool{}
		}
		for dir := p.Dir; strings.HasPrefix(dir, p.Module.Dir); dir = filepath.Dir(dir) {
			m[*p.Module][dir] = true
		}
	}
}

// text returns the sections of all modules, by path.
func (m modules) text() (string, error) {
	var out strings.Builder
	list := slices.SortedFunc(maps.Keys(m), func(a, b goModule) int { return strings.Compare(a.Path, b.Path) })
	for _, module := range list {
		files, err := module.files(slices.Sorted(maps.Keys(m[module])))
		if err != nil {
			return "", err
		}
		for _, file := range files {
			text, err := os.ReadFile(filepath.Join(module.Dir, file))
			if err != nil {
				return "", err
			}
			out.WriteString(section(module.Path+" "+module.Version, filepath.ToSlash(file), text))
		}
	}
	return out.String(), nil
}

// files returns the licence files in folders of a module, relative to its root.
// The root must have one.
func (module goModule) files(dirs []string) ([]string, error) {
	var files []string
	atRoot := false
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !licenceFile.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			file, err := filepath.Rel(module.Dir, filepath.Join(dir, e.Name()))
			if err != nil {
				return nil, err
			}
			files = append(files, file)
			atRoot = atRoot || dir == module.Dir
		}
	}
	if !atRoot {
		return nil, fmt.Errorf("%s %s has no licence file", module.Path, module.Version)
	}
	if file, ok := chosen[module.Path]; ok {
		files = append(files, filepath.FromSlash(file))
	}
	return files, nil
}
