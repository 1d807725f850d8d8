package kit

// Output is the result of a tool. Markdown returns the text that the model
// reads; texts of the service that stand on lines of their own are in blocks of
// the mark, and those within a line pass [Line]. Its JSON is the structured
// content, for callers that want it ([WithStructured]). An output that is a
// [Describer] can add more in its [Description].
type Output interface {
	Markdown(m Mark) string
}

// Description is what an input or an output states about its call beside its
// text. The zero value states nothing.
type Description struct {
	// Targets are the keys of the things that the call is about: for the audit
	// line, and for the number of things that a call would change.
	Targets []string

	// Of an input:

	// Count is how many things the call would change, where they have no keys
	// yet, such as issues to be created; 0 counts the targets.
	Count int
	// Writes is how many issues the call writes one by one, for the limit of writes;
	// 0 counts as 1. A confirmed call always counts as 1.
	Writes int
	// ReadOnly reports a call that only reads, of a tool that writes: it needs
	// no confirmation and counts as no write.
	ReadOnly bool
	// Unconfirmed reports a call that needs no confirmation, of a tool that is
	// always confirmed ([Spec.AlwaysConfirm]).
	Unconfirmed bool

	// Of an output:

	// Unchanged reports that nothing had to be written.
	Unchanged bool
	// Images are shown beside the text. They do not count against the budget.
	Images []Image
	// Links are resources that the result points at.
	Links []Link
}

// Describer is an input or an output that describes its call.
type Describer interface {
	Describe() Description
}

// describe returns what an input or an output says about its call.
func describe(v any) Description {
	if d, ok := v.(Describer); ok {
		return d.Describe()
	}
	return Description{}
}

// Image is a picture in a result.
type Image struct {
	Type string // image/png, image/jpeg
	Data []byte
}

// Link is a resource that a result points at.
type Link struct {
	URI, Name, Type string
}

// Trimmer is an output that can grow smaller. Trim leaves out some of the least
// important part, only as much as is needed by the measure of room ([Room.Keep]).
// It notes in the output what was left out and which argument retrieves it. It
// reports whether there was anything to leave out, and is called again while the
// output does not fit.
type Trimmer interface {
	Trim(room *Room) bool
}

// NoteTaker is an output that shows the notes made during its call in its own
// place: see [AddNote]. Below other outputs they are the last lines of the text.
// The notes of a dry run go into its preview.
type NoteTaker interface {
	TakeNote(text string)
}
