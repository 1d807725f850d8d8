// Command packages assembles, from the programs that goreleaser has built, what
// goreleaser itself has no packaging for: the bundle for Claude Desktop, the npm
// packages, and the entry for the MCP registry.
//
//	go run ./.ci/packages --version 1.2.3 --time 1790000000 dist build dist/packages
//
// The arguments are the directory of the programs, the directory that
// .ci/documents filled, and the directory to write to. The templates are in
// deploy. .goreleaser.yaml calls it after the last program is built.
//
// The same programs give the same files, byte for byte.
//
// The files, in the order in which to read them:
//
//   - main.go: arguments, and the order of the steps.
//   - programs.go: the built programs and the platforms of npm.
//   - template.go: templates and copies of files.
//   - bundle.go: the bundle for Claude Desktop.
//   - npm.go: the npm packages.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// release holds what every step needs.
type release struct {
	version   string    // without a leading v
	time      time.Time // of the commit: the time of all files in the bundle
	programs  programs
	documents string // the directory with the licences of other software
	templates string // the directory deploy
	out       string // the directory to write to
}

func main() {
	version := flag.String("version", "", "the version, without a leading v")
	seconds := flag.Int64("time", 0, "the time of the commit, in seconds since 1970")
	flag.Parse()
	if err := run(*version, time.Unix(*seconds, 0).UTC(), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "packages:", err)
		os.Exit(1)
	}
}

// run writes all packages.
func run(version string, at time.Time, args []string) error {
	if version == "" || len(args) != 3 {
		return errors.New("usage: packages --version VERSION --time SECONDS DIST DOCUMENTS OUT")
	}
	found, err := findPrograms(args[0])
	if err != nil {
		return err
	}
	r := release{version: version, time: at, programs: found, documents: args[1], templates: "deploy", out: args[2]}
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	bundle, err := r.writeBundle()
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	if err := r.writeNPM(); err != nil {
		return fmt.Errorf("npm: %w", err)
	}
	return r.writeRegistryEntry(bundle)
}

// writeRegistryEntry writes server.json with the hash of the bundle.
func (r release) writeRegistryEntry(bundle string) error {
	sum, err := hash(bundle)
	if err != nil {
		return err
	}
	values := map[string]string{"Version": r.version, "Bundle": filepath.Base(bundle), "SHA256": sum}
	return r.render("registry/server.json", filepath.Join(r.out, "server.json"), values)
}
