package main

import (
	"fmt"
	"path/filepath"
)

// programs holds the paths of the built programs by system, such as linux_arm64
// or darwin_all.
type programs map[string]string

// systems are the names in goreleaser's folders. The program for macOS runs on
// both processors.
var systems = []string{"linux_amd64", "linux_arm64", "darwin_all", "windows_amd64", "windows_arm64"}

// findPrograms finds the programs in goreleaser's directory. The folders' names
// may go on with a variant of the processor, as in linux_amd64_v1.
func findPrograms(dist string) (programs, error) {
	found := programs{}
	for _, system := range systems {
		paths, err := filepath.Glob(filepath.Join(dist, "jira-mcp_"+system+"*", "jira-mcp*"))
		if err != nil {
			return nil, err
		}
		if len(paths) != 1 {
			return nil, fmt.Errorf("%d programs for %s in %s, want 1", len(paths), system, dist)
		}
		found[system] = paths[0]
	}
	return found, nil
}

// platform is a system as npm names it.
type platform struct {
	OS, CPU string
	Program string // the program's name in the package
	system  string // the key in programs
}

// Name returns the end of the package's name, as Node.js spells the platform.
func (p platform) Name() string { return p.OS + "-" + p.CPU }

// platforms lists the platforms that have an npm package. The launcher,
// deploy/npm/jira-mcp.js, has the same list.
var platforms = []platform{
	{"linux", "x64", "jira-mcp", "linux_amd64"},
	{"linux", "arm64", "jira-mcp", "linux_arm64"},
	{"darwin", "x64", "jira-mcp", "darwin_all"},
	{"darwin", "arm64", "jira-mcp", "darwin_all"},
	{"win32", "x64", "jira-mcp.exe", "windows_amd64"},
	{"win32", "arm64", "jira-mcp.exe", "windows_arm64"},
}
