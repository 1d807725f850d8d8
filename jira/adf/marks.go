package adf

import (
	"bytes"
)

// markOrder holds the mark types in the order in which Atlassian's editor
// writes them.
var markOrder = []string{"link", "em", "strong", "strike", "subsup", "underline", "code", "textColor", "backgroundColor"}

// addMark returns the marks with m added, as validMarks does. It does not modify
// marks.
func addMark(marks []Mark, m Mark) []Mark {
	return validMarks(append(marks[:len(marks):len(marks)], m))
}

// validMarks returns the marks as the schema allows them: in order, each type
// once (the inner mark wins), and only a link beside code.
func validMarks(marks []Mark) []Mark {
	if len(marks) == 1 {
		return marks
	}
	code := false
	for _, m := range marks {
		code = code || m.Type == "code"
	}
	var out []Mark
	for _, t := range markOrder {
		if code && t != "code" && t != "link" {
			continue
		}
		for i := len(marks) - 1; i >= 0; i-- {
			if marks[i].Type == t {
				out = append(out, marks[i])
				break
			}
		}
	}
	return out
}

// sameMarks reports whether both lists have equal marks in the same order.
func sameMarks(a, b []Mark) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type || !bytes.Equal(a[i].Attrs, b[i].Attrs) {
			return false
		}
	}
	return true
}
