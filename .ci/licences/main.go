// Command licences writes the licence texts of everything that is linked into
// jira-mcp, on any of the systems that it is released for, to standard output:
// the Go distribution, each module with its version, and embedded fonts.
//
//	go run ./.ci/licences linux/amd64 darwin/arm64 … > THIRD-PARTY-LICENSES.txt
//
// It fails if a module has no licence file. It does not judge licences: which
// ones are acceptable is decided when go.mod gets a requirement.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// program is the package whose dependencies are listed.
const program = "./cmd/jira-mcp"

// goPackage is a package as go list prints it.
type goPackage struct {
	Dir        string
	Standard   bool
	Module     *goModule
	EmbedFiles []string
}

// goModule is a module as go list prints it.
type goModule struct {
	Path, Version, Dir string
	Main               bool
}

func main() {
	flag.Parse()
	if err := run(os.Stdout, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// run writes the licences of the program built for systems such as linux/amd64.
func run(w io.Writer, systems []string) error {
	if len(systems) == 0 {
		return errors.New("name at least one system, such as linux/amd64")
	}
	found, fontFiles := modules{}, map[string]bool{}
	for _, system := range systems {
		pkgs, err := dependencies(system)
		if err != nil {
			return fmt.Errorf("%s: %w", system, err)
		}
		found.add(pkgs)
		for _, p := range pkgs {
			for _, name := range p.EmbedFiles {
				if fontFile.MatchString(name) {
					fontFiles[filepath.Join(p.Dir, name)] = true
				}
			}
		}
	}
	text, err := found.text()
	if err != nil {
		return err
	}
	goLicence, err := goDistribution()
	if err != nil {
		return err
	}
	fontText, err := fonts(fontFiles)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "jira-mcp contains the following software. Their licences follow.\n\n%s%s%s", goLicence, text, fontText)
	_, err = w.Write(out.Bytes())
	return err
}

// dependencies returns the packages that the program imports on a system,
// directly and indirectly. Releases are built without cgo.
func dependencies(system string) ([]goPackage, error) {
	goos, goarch, ok := strings.Cut(system, "/")
	if !ok {
		return nil, errors.New("want a system such as linux/amd64")
	}
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Standard,Module,EmbedFiles", program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var pkgs []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			return nil, err
		}
		pkgs = append(pkgs, p)
	}
	return pkgs, nil
}

// goDistribution returns the section for Go's runtime and standard library.
func goDistribution() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "LICENSE"))
	if err != nil {
		return "", err
	}
	return section("Go, runtime and standard library, "+runtime.Version(), "LICENSE", text), nil
}

// section returns one licence file with a heading.
func section(name, file string, text []byte) string {
	return fmt.Sprintf("%[1]s\n%[2]s (%[3]s)\n%[1]s\n\n%[4]s\n\n", strings.Repeat("=", 72), name, file, bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
}
