// Package adf converts Atlassian Document Format (ADF) to Markdown and back,
// and applies edits of the Markdown to the document that it was rendered from.
// ADF is the JSON tree in which Jira Cloud stores rich text; its schema is in
// the npm package @atlaskit/adf-schema. The package does no input or output and
// depends neither on Jira nor on HTTP.
//
//   - [Decode] and [Node.MarshalJSON] lose nothing, including unknown nodes,
//     marks and attributes.
//   - [ToMarkdown] shows every node and most marks. [FromMarkdown] makes a
//     document that the schema accepts from any Markdown within the limits
//     below.
//   - [Apply] returns the edited document: content that was not edited keeps
//     its ADF, and the [Report] lists the losses.
//   - [Append], [Prepend] and [ReplaceText] edit a document without its whole
//     text.
//   - [Node.All], [Node.Attr] and [Node.Mark] read a document; [NewDoc],
//     [NewParagraph] and the other constructors build one without JSON.
//   - [Cut] renders a part of a long document; [PlainText] and [Outline] are
//     shorter views.
//
// A typical edit:
//
//	d, err := adf.Decode(description)
//	md := adf.ToMarkdown(d)          // "Ask [@Ana](accountid:a1) on Monday."
//	edited := strings.Replace(md, "Monday", "Tuesday", 1)
//	d, report, err := adf.Apply(d, edited)
//
// # Files
//
// Start with node.go (the types), access.go and build.go (accessors and
// constructors), schema.go (which block may stand where) and grammar.go (the
// syntax that extends Markdown). The rest is in three groups:
//
//   - render*.go write ADF as Markdown, beginning with ToMarkdown in render.go.
//   - parse*.go read Markdown into ADF, beginning with FromMarkdown in
//     parse.go. parse_goldmark.go sets up the Markdown parser.
//   - apply*.go apply an edit. A comment at the top of apply.go explains the
//     algorithm.
//
// # Forms
//
// The Markdown is GitHub's: CommonMark with tables, strikethrough (two tildes),
// task lists and autolinks. Node and mark ↔ Markdown:
//
//	paragraph             text; <br/> alone is an empty one
//	heading               ## text
//	bulletList            - item     (adjacent lists alternate - and *)
//	orderedList           1. item    (adjacent lists alternate . and ))
//	taskList, taskItem    - [ ] open    - [x] done
//	blockTaskItem         - [ ] with paragraphs below it
//	taskList in taskList  - [-] where no task stands before it
//	decisionList          - [!] decided    - [?] undecided
//	codeBlock             ```lang … ```
//	blockquote            > text
//	panel                 > [!NOTE]       info
//	                      > [!IMPORTANT]  note
//	                      > [!TIP]        tip
//	                      > [!SUCCESS]    success
//	                      > [!WARNING]    warning
//	                      > [!CAUTION]    error
//	                      > [!CUSTOM]     custom
//	rule                  ---
//	expand, nestedExpand  <details><summary>title</summary> … </details>
//	table                 | a | b |, a column's alignment in the line below;
//	                      an empty first row if there is no header row
//	tableHeader           <th>text outside the header row
//	tableCell             <td>text in the header row; <td/> for a missing cell
//	blocks in a cell      their Markdown with <br> for each line end
//	mediaSingle, media    ![alt](attachment:name#id), ![alt](https://…)
//	caption               <figcaption>text</figcaption> after the picture
//	mediaGroup            <mediagroup>![…](…) ![…](…)</mediagroup>
//	mediaInline           [name](attachment:name#id)
//	blockCard, embedCard  <card:https://…>, <embed:https://…>
//	inlineCard            <https://…>, <link:…> for other addresses
//	mention               [@Ana Silva](accountid:5b10a)
//	status                [In progress](status:blue)
//	date                  <date:2025-11-25>
//	emoji                 [🎉](emoji:tada)
//	placeholder           [what to fill in](placeholder:)
//	hardBreak             \ at a line's end, <br> in a cell, <br/>
//
//	strong, em, strike    **a** *b* ~~c~~, or <bold> <italic> <strike> if a
//	                      parser would misread the delimiters
//	code                  `a`, <tt>a</tt> if backticks cannot hold it
//	link                  [text](https://… "title")
//	underline, subsup     <u>a</u>, <sub>2</sub>, <sup>2</sup>
//	textColor             <color:#ff5630>a</color>
//	backgroundColor       <bg:#ffff00>a</bg>
//	alignment             <align:center> or <align:end> before the text
//	indentation           <indent:2> before the text
//	fontSize              <size:small> before the text
//
// Line ends of other systems in text and code (\r\n, \r) are shown as \n, and
// [Apply] keeps them as long as their text stays.
//
// The Markdown does not show annotation, border, breakout, dataConsumer,
// fragment and unknown marks, nor widths, layouts, colours of cells and panels,
// and local ids. [Apply] keeps all of these as long as the text stays.
//
// Opaque nodes have no readable form. A fence or a link that names them stands
// for them, ```adf:TYPE-N and [label](adf:TYPE-N), and they keep their ADF as
// long as it stays. The text in the fence is for reading only: edits of it have
// no effect and appear in [Report.Ignored]. Opaque are extension,
// bodiedExtension, inlineExtension, syncBlock, bodiedSyncBlock, layoutSection,
// tables with spans, and unknown nodes.
//
// # Markdown without an equivalent in ADF
//
// A heading or a table in a list item, a quote in a quote and blocks in a task
// are restructured, and their text is kept. Of HTML, the tags above are read, and
// <b>, <strong>, <i>, <em>, <s>, <del>, <kbd>, <code>, <a href> and <img src>,
// which GitHub accepts; other tags are text, and other attributes are ignored. A
// link to javascript:, data:, vbscript: or file: stays text. An @name, and a
// picture or link with an attachment's name, become references if a [Resolver]
// knows them; a picture without a web address is text otherwise.
//
// Next to the writing of Chinese, Japanese and Korean, which has no spaces,
// emphasis follows the proposal "CJK-friendly emphasis" and not CommonMark.
//
// # Limits
//
// goldmark takes quadratic time on some input. Such Markdown is refused with a
// [LimitError] before goldmark runs: over 128 KiB, quotes and lists nested over
// 100 deep (or so deep in a text of so many lines that it would take as long),
// over 1,000 unclosed links, over 20,000 markers of one kind (brackets;
// emphasis and backticks; bars), tables of over 20,000 cells, over 2,000 link
// definitions, over 100 <details>. A document is shown to a depth of 100;
// deeper nodes are opaque.
package adf
