package main

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeBundle writes the bundle for Claude Desktop, and beside it the folder
// mcpb with its files. It returns the bundle's path.
//
// The bundle is a zip file. It is written here rather than by mcpb pack, which
// adds the time of the build.
func (r release) writeBundle() (string, error) {
	dir := filepath.Join(r.out, "mcpb")
	if err := r.render("mcpb/manifest.json", filepath.Join(dir, "manifest.json"), map[string]string{"Version": r.version}); err != nil {
		return "", err
	}
	files := []struct {
		from, to string
		mode     os.FileMode
	}{
		{"LICENSE", "LICENSE", 0o644},
		{filepath.Join(r.documents, "THIRD-PARTY-LICENSES.txt"), "THIRD-PARTY-LICENSES.txt", 0o644},
		{filepath.Join(r.templates, "mcpb", "jira-mcp-linux"), "server/jira-mcp-linux", 0o755},
		{r.programs["linux_amd64"], "server/jira-mcp-linux-amd64", 0o755},
		{r.programs["linux_arm64"], "server/jira-mcp-linux-arm64", 0o755},
		{r.programs["darwin_all"], "server/jira-mcp-darwin", 0o755},
		// Windows on ARM runs programs for amd64, and a bundle can name only one.
		{r.programs["windows_amd64"], "server/jira-mcp-windows.exe", 0o755},
	}
	for _, f := range files {
		if err := copyFile(f.from, filepath.Join(dir, filepath.FromSlash(f.to)), f.mode); err != nil {
			return "", err
		}
	}
	bundle := filepath.Join(r.out, fmt.Sprintf("jira-mcp_%s.mcpb", r.version))
	return bundle, r.zip(dir, bundle)
}

// zip writes the files of a directory, in the order of their names, into a zip
// file.
func (r release) zip(dir, to string) (err error) {
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	w := zip.NewWriter(file)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return r.zipFile(w, dir, path)
	})
	if err != nil {
		return err
	}
	return w.Close()
}

// zipFile adds a file with its mode and the time of the commit.
func (r release) zipFile(w *zip.Writer, dir, path string) error {
	name, err := filepath.Rel(dir, path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	header := &zip.FileHeader{Name: filepath.ToSlash(name), Method: zip.Deflate, Modified: r.time}
	header.SetMode(info.Mode().Perm())
	out, err := w.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return err
}
