package kit

import (
	"encoding/json"
	"testing"
)

func TestControlCharacters(t *testing.T) {
	text := "a\r\x1b[2Jb\x07\x00c\u009bd\ne\tf\\u001bg\"h\u007f"
	want := "a[2Jbcd\ne\tf\\u001bg\"h"
	if got := Plain(text); got != want {
		t.Errorf("text: %q", got)
	}
	data, err := json.Marshal(map[string]string{"k": text, "smile": "😀 <&>"})
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(plainJSON(string(data))), &back); err != nil {
		t.Fatal(err)
	}
	if back["k"] != want || back["smile"] != "😀 <&>" {
		t.Errorf("JSON: %q", back)
	}
}

// FuzzPlain checks that JSON stays valid without its control characters, and
// that none is left.
func FuzzPlain(f *testing.F) {
	f.Add("a\u200b \x1b[1m \\u001b \u009b\r\n\t\"\\")
	f.Fuzz(func(t *testing.T, s string) {
		data, err := json.Marshal(s)
		if err != nil {
			return
		}
		var back string
		if err := json.Unmarshal([]byte(plainJSON(string(data))), &back); err != nil {
			t.Errorf("%+q: no JSON any more: %v", s, err)
		}
		if Plain(back) != back {
			t.Errorf("%+q: control characters are left in %+q", s, back)
		}
	})
}
