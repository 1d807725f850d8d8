package toolstest

import (
	"testing"

	"github.com/tiktoken-go/tokenizer"
)

// Tokens counts the tokens of a text in o200k, the encoding of current models.
func Tokens(t *testing.T, text string) int {
	t.Helper()
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	n, err := codec.Count(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
