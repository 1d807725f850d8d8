package adf

// Option adjusts a conversion. The options that a text was shown with have to
// be given to [Apply] as well.
type Option func(*options)

type options struct {
	resolver Resolver
	hidden   func(rune) bool
	budgets  []int
	lookup   *opaques // Apply's: what placeholders stand for
}

func optionsOf(opts []Option) options {
	var o options
	for _, set := range opts {
		set(&o)
	}
	return o
}

// Hide leaves characters out of the Markdown: those that people cannot see and
// a model can read. [Apply] keeps them where the text around them stays.
func Hide(hidden func(rune) bool) Option { return func(o *options) { o.hidden = hidden } }

// Invisible are the characters that a model reads and people do not see: tags,
// which can spell whole sentences, and bidirectional controls, which show a
// text in another order than it is written. See https://trojansource.codes and
// Unicode Technical Report 36.
func Invisible(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0xe0000 && r <= 0xe007f
}

// Resolve gives [FromMarkdown], [Apply] and the edits the means to turn names
// into references.
func Resolve(r Resolver) Option { return func(o *options) { o.resolver = r } }

// CutAt tells [Apply] the budgets at which [Cut] may have cut the text before
// it was shown. An edit that lacks exactly what lies behind such a cut, and
// the marker, is then reported as a loss and not taken for a deletion; so is
// one that keeps nothing of a text that may have been cut, and the change of a
// block that is larger than every budget.
func CutAt(budgets ...int) Option { return func(o *options) { o.budgets = budgets } }

// Resolver turns names into the ids that ADF wants. What it does not know
// stays readable text.
type Resolver interface {
	// Mention is given the text behind an @ and returns the account whose
	// name it starts with, and that name as it stands there.
	Mention(text string) (accountID, name string, ok bool)
	// Attachment returns the media id of a file that ![…](attachment:name)
	// names.
	Attachment(name string) (mediaID string, ok bool)
}
