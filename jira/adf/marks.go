package adf

import "bytes"

// markOrder is the order in which Atlassian's editor writes marks.
var markOrder = []string{"link", "em", "strong", "strike", "subsup", "underline", "code", "textColor", "backgroundColor"}

// with adds a mark and brings all to what the schema allows: in order, once
// each (the inner one wins), beside code only a link.
func with(marks []Mark, m Mark) []Mark {
	return legalMarks(append(marks[:len(marks):len(marks)], m))
}

func legalMarks(marks []Mark) []Mark {
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
