package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/image/font/sfnt"
)

// fontFile matches embedded files that are fonts.
var fontFile = regexp.MustCompile(`(?i)\.[ot]tf(\.gz)?$`)

// openFont is the SIL Open Font License 1.1, which has to come with its fonts.
//
//go:embed OFL-1.1.txt
var openFont []byte

// openFonts lists the families of fonts under openFont. The fonts may lack the
// record that names their licence, so that it is noted here.
var openFonts = []string{"Noto Sans", "Roboto"}

// fonts returns a section with the copyright of each font that packages of other
// modules embed, and the fonts' licence. Modules that embed fonts may have no
// licence file for them.
func fonts(files map[string]bool) (string, error) {
	if len(files) == 0 {
		return "", nil
	}
	var list strings.Builder
	for _, path := range slices.Sorted(maps.Keys(files)) {
		line, err := fontCopyright(path)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		list.WriteString(line)
	}
	return section("Fonts", "OFL-1.1.txt", append([]byte(list.String()+"\n"), openFont...)), nil
}

// fontCopyright returns a line with a font's name and copyright. It fails for a
// font whose licence is not known.
func fontCopyright(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if filepath.Ext(path) == ".gz" {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return "", err
		}
		if data, err = io.ReadAll(r); err != nil {
			return "", err
		}
	}
	font, err := sfnt.Parse(data)
	if err != nil {
		return "", err
	}
	name, err := font.Name(nil, sfnt.NameIDFull)
	if err != nil {
		return "", err
	}
	copyright, err := font.Name(nil, sfnt.NameIDCopyright)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(openFonts, func(family string) bool { return strings.HasPrefix(name, family) }) {
		return "", fmt.Errorf("the licence of the font %s is not known", name)
	}
	return fmt.Sprintf("%s: %s\n", name, copyright), nil
}
