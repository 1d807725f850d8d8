package invisible_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/invisible"
)

// defaultIgnorable are the code points that Unicode 15 lists as
// Default_Ignorable_Code_Point (DerivedCoreProperties.txt), from and to.
var defaultIgnorable = [][2]rune{
	{0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f},
	{0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
}

// TestDefaultIgnorable checks that each default-ignorable code point is removed
// from ordinary text, alone and in a row, and that those around the ranges stay.
func TestDefaultIgnorable(t *testing.T) {
	t.Parallel()
	total := 0
	for _, r := range defaultIgnorable {
		for c := r[0]; c <= r[1]; c++ {
			total++
			if s := string(c); !invisible.Contains("a"+s) || invisible.Clean("a"+s+"b"+s+s+"c"+s) != "abc" || invisible.Clean(s) != "" {
				t.Errorf("%U stays", c)
			}
		}
	}
	if total != 4174 { // the total in DerivedCoreProperties.txt
		t.Errorf("%d code points", total)
	}
	for _, visible := range []string{"\u00ac\u00ae", "\u034e\u0350", "\u1161", "\u17b3\u17b6", "\u180a\u1810", "\u200a\u2010", "\u2028\u2029", "\u202f", "\u205f\u2070", "\u3163\u3165", "\ufe10", "\uff9f\uffa1", "\ufffc\ufffd", "\U000dffff\U000e1000"} {
		if s := "a" + visible + "b"; invisible.Clean(s) != s {
			t.Errorf("%+q: %+q", s, invisible.Clean(s))
		}
	}
}

// TestEmojiSequences checks that the parts of emoji sequences stay
// (emoji-sequences.txt and emoji-zwj-sequences.txt), and that the same
// characters do not stay elsewhere.
func TestEmojiSequences(t *testing.T) {
	t.Parallel()
	tags := func(s string) string { return strings.Map(func(r rune) rune { return r + 0xe0000 }, s) }
	const flag, end = "\U0001f3f4", "\U000e007f"
	for name, s := range map[string]string{
		"skin and profession":      "\U0001f9d1\U0001f3fd\u200d\U0001f680",
		"heart on fire":            "\u2764\ufe0f\u200d\U0001f525",
		"eye in a speech bubble":   "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",
		"pirate flag":              "\U0001f3f4\u200d\u2620\ufe0f",
		"woman running right":      "\U0001f3c3\u200d\u2640\ufe0f\u200d\u27a1\ufe0f",
		"black bird":               "\U0001f426\u200d\u2b1b",
		"head shaking":             "\U0001f642\u200d\u2194\ufe0f",
		"kiss with skins":          "\U0001f469\U0001f3fb\u200d\u2764\ufe0f\u200d\U0001f48b\u200d\U0001f468\U0001f3ff",
		"keycaps":                  "#\ufe0f\u20e3*\ufe0f\u20e30\ufe0f\u20e39\ufe0f\u20e3",
		"text and emoji forms":     "\u00a9\ufe0e\u00ae\ufe0f\u203c\ufe0f\u2049\ufe0f\u2122\ufe0f\u2139\ufe0f\u231a\ufe0e\u24c2\ufe0f\u25aa\ufe0f\u2934\ufe0f\u2b05\ufe0f\u3030\ufe0f\u303d\ufe0f\u3297\ufe0f\u3299\ufe0f\U0001f004\ufe0f",
		"Scotland and Wales":       flag + tags("gbsct") + end + flag + tags("gbwls") + end,
		"a flag in front of words": flag + tags("gbeng") + end + "gbeng",
	} {
		if got := invisible.Clean(s); got != s {
			t.Errorf("%s: %+q, want %+q", name, got, s)
		}
	}
	for name, c := range map[string]struct{ in, want string }{
		"tags of another region":     {flag + tags("ustx") + end, flag},
		"tags without an end":        {flag + tags("gbeng") + "!", flag + "!"},
		"more tags behind the end":   {flag + tags("gbeng") + end + tags("hi"), flag + tags("gbeng") + end},
		"the tags twice":             {flag + tags("gbeng") + end + tags("gbeng") + end, flag + tags("gbeng") + end},
		"a flag of letters":          {"\U0001f1ec\U0001f1e7" + tags("gbeng") + end, "\U0001f1ec\U0001f1e7"},
		"another flag":               {"\U0001f3f3" + tags("gbeng") + end, "\U0001f3f3"},
		"a joiner behind an emoji":   {"\U0001f469\u200d and", "\U0001f469 and"},
		"a joiner before an emoji":   {"a\u200d\U0001f469", "a\U0001f469"},
		"joiners in a row":           {"\U0001f469\u200d\u200d\u200d\U0001f467", "\U0001f469\u200d\U0001f467"},
		"the joiner that separates":  {"\U0001f469\u200c\U0001f467", "\U0001f469\U0001f467"},
		"a keycap without its cap":   {"#\ufe0f*\ufe0e", "#*"},
		"a letter with a cap":        {"a\ufe0f\u20e3", "a\u20e3"},
		"other selectors":            {"\u2764\ufe00\u2764\ufe0d\u2764\U000e0100", "\u2764\u2764\u2764"},
		"a selector behind a letter": {"a\ufe0f\u2229\ufe00", "a\u2229"},
		"bytes between emojis":       {"\U0001f600\U000e0101\U0001f600\U000e01ef", "\U0001f600\U0001f600"},
	} {
		if got := invisible.Clean(c.in); got != c.want {
			t.Errorf("%s: %+q, want %+q", name, got, c.want)
		}
	}
}

// TestJoiners checks that joiners stay between letters of scripts whose spelling
// needs them (The Unicode Standard, 9.2 and 12; UAX #31, 2.3), one in a place,
// and go elsewhere.
func TestJoiners(t *testing.T) {
	t.Parallel()
	const zwnj, zwj = "\u200c", "\u200d"
	for script, s := range map[string]string{
		"Arabic":     "می" + zwnj + "شود", // Persian
		"Syriac":     "ܐ" + zwnj + "ܒ",
		"Mongolian":  "ᠮ" + zwj + "ᠣ",
		"N'Ko":       "ߒ" + zwj + "ߞ",
		"Devanagari": "दर्" + zwj + "या", // Marathi
		"Bengali":    "র" + zwj + "্যাব",
		"Gurmukhi":   "ਕ੍" + zwj + "ਰ",
		"Gujarati":   "ક્" + zwnj + "ષ",
		"Oriya":      "କ୍" + zwnj + "ଷ",
		"Tamil":      "க்" + zwnj + "ஷ",
		"Telugu":     "క్" + zwnj + "ష",
		"Kannada":    "ರ" + zwj + "್ಕ",
		"Malayalam":  "ന്" + zwj + "റെ",
		"Sinhala":    "ශ්" + zwj + "රී ලංකා",
		"Khmer":      "ក" + zwnj + "ា",
		"Myanmar":    "က်" + zwnj + "က",
		"Tibetan":    "ཀ" + zwnj + "ཁ",
	} {
		if got := invisible.Clean(s); got != s {
			t.Errorf("%s: %+q, want %+q", script, got, s)
		}
	}
	for name, c := range map[string]struct{ in, want string }{
		"in a row":                     {"می" + zwnj + zwj + zwnj + "شود", "می" + zwnj + "شود"},
		"with other characters":        {"می" + zwnj + "\u200b\u2060" + "شود", "میشود"},
		"at the beginning":             {zwnj + "می", "می"},
		"the separating one, at end":   {"می" + zwnj, "می"},
		"before a blank":               {"می" + zwnj + " شود", "می شود"},
		"beside a Latin letter":        {"a" + zwnj + "می" + zwj + "b", "aمیb"},
		"between Latin letters":        {"Auf" + zwnj + "lage", "Auflage"},
		"between Hebrew letters":       {"ש" + zwj + "ל", "של"},
		"between Chinese characters":   {"中" + zwj + "文", "中文"},
		"another zero-width character": {"می\u200bشود", "میشود"},
	} {
		if got := invisible.Clean(c.in); got != c.want {
			t.Errorf("%s: %+q, want %+q", name, got, c.want)
		}
	}
}

// TestNext checks the size of the first piece of a text, by what is before it.
func TestNext(t *testing.T) {
	t.Parallel()
	england := strings.Map(func(r rune) rune { return r + 0xe0000 }, "gbeng") + "\U000e007f"
	for name, c := range map[string]struct {
		before rune
		text   string
		size   int
		seen   bool
	}{
		"a letter":                      {0, "ab", 1, true},
		"a letter of three bytes":       {0, "支払", 3, true},
		"a byte that is no character":   {0, "\xff\u200b", 1, true},
		"an invisible character":        {'a', "\u200bb", 3, false},
		"one of four bytes":             {'a', "\U000e0041b", 4, false},
		"a selector behind an emoji":    {'\u2764', "\ufe0fb", 3, true},
		"a selector behind a letter":    {'a', "\ufe0fb", 3, false},
		"a selector before a keycap":    {'1', "\ufe0f\u20e3", 3, true},
		"the tags of a flag":            {'\U0001f3f4', england + "b", len(england), true},
		"the tags without a flag":       {'a', england, 4, false},
		"a joiner of a text's first":    {0, "\u200d\U0001f469", 3, false},
		"a joiner behind a selector":    {'\ufe0f', "\u200d\U0001f525", 3, true},
		"a joiner between Persian ones": {'ی', "\u200cش", 3, true},
	} {
		if size, seen := invisible.Next(c.before, c.text); size != c.size || seen != c.seen {
			t.Errorf("%s: %d, %v, want %d, %v", name, size, seen, c.size, c.seen)
		}
	}
}

// TestBrokenText checks that no invisible character comes into being from the
// bytes on both sides of one, and that other broken texts stay as they are.
func TestBrokenText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\xe2\u200b\x80\x8bb":     "a\ufffd\ufffd\ufffdb", // the bytes around are those of U+200B
		"a\xf3\xa0\u200b\x81\x81b": "a\ufffd\ufffd\ufffd\ufffdb",
		"a\xffb":                   "a\xffb",
		"\u200b\xe2\x80":           "\ufffd\ufffd",
	} {
		if got := invisible.Clean(in); got != want {
			t.Errorf("%+q: %+q, want %+q", in, got, want)
		}
	}
}
