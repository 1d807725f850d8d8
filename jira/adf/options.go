package adf

// Option adjusts a conversion. The options that a text was shown with have to
// be given to [Apply] as well.
type Option func(*options)

type options struct {
	resolver Resolver
	hides    bool
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

// HideUnseen leaves out of the Markdown the characters that people cannot see
// and a model can read; package unseen says which they are. [Apply] keeps them
// where the text around them stays.
func HideUnseen() Option { return func(o *options) { o.hides = true } }

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
