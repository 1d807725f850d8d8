package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
)

// render fills a template in deploy, and checks that the result is JSON.
func (r release) render(name, to string, values any) error {
	t, err := template.New(filepath.Base(name)).Option("missingkey=error").ParseFiles(filepath.Join(r.templates, name))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, values); err != nil {
		return err
	}
	if !json.Valid(out.Bytes()) {
		return fmt.Errorf("%s gives no valid JSON:\n%s", name, out.Bytes())
	}
	return writeFile(to, out.Bytes(), 0o644)
}

// copyFile copies a file, and gives the copy a mode.
func copyFile(from, to string, mode os.FileMode) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return writeFile(to, data, mode)
}

// writeFile writes a file with a mode, and the folders above it. The mode does
// not depend on the umask: it ends up in packages.
func writeFile(to string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(to, data, mode); err != nil {
		return err
	}
	return os.Chmod(to, mode)
}

// hash returns a file's SHA-256 in hexadecimal.
func hash(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(data)), nil
}
