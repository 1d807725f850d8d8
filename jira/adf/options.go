package adf

// Option adjusts a conversion. [Apply] needs the same options as the conversion
// that made the Markdown.
type Option func(*options)

// options holds the settings of one conversion.
type options struct {
	resolver      Resolver
	hideInvisible bool
	budgets       []int
	lookup        *opaqueNodes // Set by Apply: the nodes that opaque references stand for.
}

// newOptions returns the settings that opts make.
func newOptions(opts []Option) options {
	var o options
	for _, set := range opts {
		set(&o)
	}
	return o
}

// HideInvisible omits from the Markdown the characters that people cannot see
// but a model can read; package invisible defines them. [Apply] keeps them as
// long as the text around them stays.
func HideInvisible() Option { return func(o *options) { o.hideInvisible = true } }

// Resolve sets the [Resolver] with which [FromMarkdown], [Apply] and the other
// edits turn names into references.
func Resolve(r Resolver) Option { return func(o *options) { o.resolver = r } }

// CutAt gives [Apply] the budgets with which [Cut] may have cut the text before
// it was shown. Apply then reports as losses, instead of taking them for
// deletions: a result that lacks exactly the blocks behind such a cut, and the
// marker; a result that keeps nothing of a text that may have been cut; and a
// change of a block that is larger than every budget.
func CutAt(budgets ...int) Option { return func(o *options) { o.budgets = budgets } }

// Resolver turns names into the ids that ADF needs. Names that it does not know
// stay readable text.
type Resolver interface {
	// Mention receives the text after an @ and returns the account whose name
	// the text begins with, and that name as it is written there.
	Mention(text string) (accountID, name string, ok bool)
	// Attachment returns the file that ![…](name) or ![…](attachment:name) names.
	Attachment(name string) (f File, ok bool)
}

// File is an attached file: its id in the media service, with which it is shown
// in the text, or, if that is not known, an address to link to.
type File struct{ MediaID, URL string }
