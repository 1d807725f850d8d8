package seed

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

// textFiles holds one file for each project, named by the lower-case key.
//
//go:embed texts/*.txt
var textFiles embed.FS

// record represents the text of one issue. The files in texts/ hold it in this
// form. The headers, the description and the comments are optional; the line
// --- is not:
//
//	=== Story: Summary
//	epic: Summary of an epic
//	parent: Summary of the parent of a sub-task
//	component: Checkout
//	labels: a, b
//	points: 3
//	---
//	Markdown
//	--- comment
//	Markdown
type record struct {
	kind, summary           string
	epic, parent, component string
	labels                  []string
	points                  float64 // 0 if not estimated
	description             string
	comments                []string
}

// records returns the issue texts of one project, in the order of the file.
func records(project string) ([]record, error) {
	data, err := textFiles.ReadFile("texts/" + strings.ToLower(project) + ".txt")
	if err != nil {
		return nil, err
	}
	var out []record
	for _, chunk := range strings.Split("\n"+string(data), "\n=== ")[1:] {
		r, err := parseRecord(chunk)
		if err != nil {
			return nil, fmt.Errorf("texts of %s: %w", project, err)
		}
		out = append(out, r)
	}
	return out, nil
}

// parseRecord parses the text of one issue, from after its "=== ". An unknown
// header is an error, so that a misspelt one cannot go unnoticed.
func parseRecord(chunk string) (record, error) {
	head, body, ok := strings.Cut(chunk, "\n---\n")
	if !ok {
		head, ok = strings.CutSuffix(strings.TrimRight(chunk, "\n"), "\n---")
		if !ok {
			return record{}, fmt.Errorf("no separator in %.40q", chunk)
		}
	}
	title, headers, _ := strings.Cut(head, "\n")
	kind, summary, _ := strings.Cut(title, ": ")
	r := record{kind: kind, summary: strings.TrimSpace(summary)}
	for line := range strings.Lines(headers) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "epic":
			r.epic = value
		case "parent":
			r.parent = value
		case "component":
			r.component = value
		case "labels":
			r.labels = strings.Split(value, ", ")
		case "points":
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return r, err
			}
			r.points = n
		case "":
		default:
			return r, fmt.Errorf("unknown header %q in %q", name, summary)
		}
	}
	parts := strings.Split("\n"+body, "\n--- comment\n")
	r.description = strings.TrimSpace(parts[0])
	for _, c := range parts[1:] {
		r.comments = append(r.comments, strings.TrimSpace(c))
	}
	return r, nil
}
