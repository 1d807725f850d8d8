package main

import (
	"os"
	"path/filepath"
)

// npmValues are what the templates of the npm packages contain.
type npmValues struct {
	Version   string
	Platforms []platform
	Platform  platform // of a package with a program
}

// writeNPM writes the folders of the npm packages: npm/jira-mcp, the launcher,
// and one folder for each platform, with its program.
func (r release) writeNPM() error {
	dir := filepath.Join(r.out, "npm")
	main := filepath.Join(dir, "jira-mcp")
	if err := r.render("npm/package.json", filepath.Join(main, "package.json"), npmValues{Version: r.version, Platforms: platforms}); err != nil {
		return err
	}
	if err := copyFile(filepath.Join(r.templates, "npm", "jira-mcp.js"), filepath.Join(main, "jira-mcp.js"), 0o755); err != nil {
		return err
	}
	for _, name := range []string{"LICENSE", "deploy/npm/README.md"} {
		if err := copyFile(filepath.FromSlash(name), filepath.Join(main, filepath.Base(name)), 0o644); err != nil {
			return err
		}
	}
	for _, p := range platforms {
		if err := r.writeNPMPlatform(filepath.Join(dir, "jira-mcp-"+p.Name()), p); err != nil {
			return err
		}
	}
	return nil
}

// writeNPMPlatform writes the package with the program for one platform.
func (r release) writeNPMPlatform(dir string, p platform) error {
	if err := r.render("npm/platform.json", filepath.Join(dir, "package.json"), npmValues{Version: r.version, Platform: p}); err != nil {
		return err
	}
	files := []struct {
		from, to string
		mode     os.FileMode
	}{
		{r.programs[p.system], p.Program, 0o755},
		{"LICENSE", "LICENSE", 0o644},
		{filepath.Join(r.documents, "THIRD-PARTY-LICENSES.txt"), "THIRD-PARTY-LICENSES.txt", 0o644},
	}
	for _, f := range files {
		if err := copyFile(f.from, filepath.Join(dir, f.to), f.mode); err != nil {
			return err
		}
	}
	return nil
}
