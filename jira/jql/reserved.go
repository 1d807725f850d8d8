package jql

import (
	"errors"
	"strconv"
)

// maxQuoted bounds how many words [QuoteReserved] puts into quotes.
const maxQuoted = 50

// QuoteReserved returns a query with quotes around the reserved words that stand
// where a value has to: Jira rejects project = IF, although IF can be a project's
// key. A query that is valid, or that quotes do not make valid, is returned as it
// is.
//
//	project in (IF, PAY) → project in ("IF", PAY)
func QuoteReserved(src string) string {
	quoted := src
	for range maxQuoted {
		_, err := Parse(quoted)
		var at *Error
		switch {
		case err == nil:
			return quoted
		case !errors.As(err, &at) || !at.needsQuotes:
			return src
		}
		quoted = quoted[:at.At] + strconv.Quote(at.Got) + quoted[at.At+len(at.Got):]
	}
	return src
}
