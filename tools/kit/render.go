package kit

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
)

// arguments returns the arguments as they were sent.
func arguments(req mcp.CallToolRequest) json.RawMessage {
	if len(req.Params.RawArguments) > 0 {
		return req.Params.RawArguments
	}
	if req.Params.Arguments == nil {
		return nil
	}
	data, err := json.Marshal(req.Params.Arguments)
	if err != nil {
		return json.RawMessage(`"unreadable"`)
	}
	return data
}

// maxTrims bounds how often an output is trimmed.
const maxTrims = 200

// renderResult renders an output within the budget. The text and the structured
// content are held to it separately, in characters: first the output trims
// itself ([Trimmer]), then shrink cuts its largest parts, and last the text
// is cut. Control characters are removed after [Hooks.Clean]. notes are the last
// lines of the text; their length is taken off the budget. In the structured
// content they are the member notes.
func (r *Runner) renderResult(ctx context.Context, t Tool, out Output, notes ...string) *mcp.CallToolResult {
	below := ""
	for _, n := range notes {
		below += "\n" + n
	}
	budget := r.budget() - utf8.RuneCountInString(below)
	if len(notes) > 0 && r.sendsStructured(ctx, t) {
		budget = min(budget, r.budget()-notesOverhead-utf8.RuneCountInString(encode(notes, 0)))
	}
	advice := func(text string) string { return r.withoutUnoffered(ctx, text) }
	if r.Hooks.MayName != nil {
		editAdvice(reflect.ValueOf(out), false, advice)
	}
	room := &Room{out: out, budget: budget, mark: MarkOf(ctx), structured: r.sendsStructured(ctx, t), advice: advice}
	fits := room.Fits()
	if trimmer, ok := out.(Trimmer); ok {
		for n := 0; n < maxTrims && !fits && trimmer.Trim(room); n++ {
			fits = room.Fits()
		}
	}
	note := ""
	if !fits {
		if room.structured {
			room.budget -= notesOverhead
		}
		note = shrink(out, room)
	}
	text, data := room.text+note, room.data
	res := &mcp.CallToolResult{Content: []mcp.Content{mcp.NewTextContent(truncateText(Plain(r.clean(text)), budget) + Plain(r.clean(below)))}}
	about := describe(out)
	for _, image := range about.Images {
		res.Content = append(res.Content, mcp.NewImageContent(base64.StdEncoding.EncodeToString(image.Data), image.Type))
	}
	for _, link := range about.Links {
		res.Content = append(res.Content, mcp.NewResourceLink(link.URI, Plain(r.clean(link.Name)), "", link.Type))
	}
	if room.structured {
		if note = strings.TrimSpace(note); note != "" {
			notes = append(slices.Clone(notes), note)
		}
		res.StructuredContent = json.RawMessage(plainJSON(r.clean(withNotes(data, notes))))
	}
	return res
}

// notesMember is the member of structured content with the notes of a call that
// its output has no place for.
const notesMember = "call_notes"

// notesOverhead is how many characters the member takes beside the notes.
const notesOverhead = len(`,"` + notesMember + `":[""]`)

// withNotes adds notes to the JSON of an object.
func withNotes(data string, notes []string) string {
	if len(notes) == 0 {
		return data
	}
	member := strconv.Quote(notesMember) + ":" + encode(notes, 0) + "}"
	if data == "{}" {
		return "{" + member
	}
	return strings.TrimSuffix(data, "}") + "," + member
}

// encode returns a value as JSON, without HTML escapes. size is about how long it
// will be.
func encode(v any, size int) string {
	var b strings.Builder
	b.Grow(size + size/2)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("kit: %T cannot be encoded: %v", v, err))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// truncateText shortens a text that could not be trimmed, such as a long error
// message.
func truncateText(text string, budget int) string {
	if utf8.RuneCountInString(text) <= budget {
		return text
	}
	const mark = "\n[cut here: the text is longer than this server sends at once]"
	runes := []rune(text)
	return string(runes[:budget-len(mark)]) + mark
}

// ErrorText returns an error as the model reads it: the error's own text, and
// in the next line its hint, if it or an error that it wraps has a method
// Hint() string.
func ErrorText(err error) string {
	text := err.Error()
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		if hint := hinter.Hint(); hint != "" {
			text += "\n" + hint
		}
	}
	return text
}
