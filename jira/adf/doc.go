// Package adf turns Atlassian Document Format into Markdown and back, and
// applies an edit of the Markdown to the document it was made from. ADF is the
// JSON tree in which Jira Cloud keeps rich text; its schema is in the npm
// package @atlaskit/adf-schema. The package is pure: it knows no Jira and no
// HTTP.
//
//   - [Decode] and [Node.MarshalJSON] lose nothing, unknown nodes, marks and
//     attributes included.
//   - [ToMarkdown] shows every node and mark. [FromMarkdown] makes a document
//     that the schema accepts, of any Markdown within the limits below.
//   - [Apply] gives the edited document: what was not edited keeps its ADF,
//     and the [Report] says what is lost.
//   - [Append], [Prepend] and [ReplaceText] edit without the whole text.
//   - [Cut] shows a part of a long document; [PlainText] and [Outline] are
//     shorter views.
//
// # Forms
//
// Markdown is GitHub's: CommonMark with tables, strikethrough (two tildes),
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
//	                      an empty first row where there is no header row
//	tableHeader           <th>text outside the header row
//	tableCell             <td>text in the header row; <td/> is no cell
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
//	strong, em, strike    **a** *b* ~~c~~, or <bold> <italic> <strike> where
//	                      these would not be read so
//	code                  `a`, <tt>a</tt> for what no backticks hold
//	link                  [text](https://… "title")
//	underline, subsup     <u>a</u>, <sub>2</sub>, <sup>2</sup>
//	textColor             <color:#ff5630>a</color>
//	backgroundColor       <bg:#ffff00>a</bg>
//	alignment             <align:center> or <align:end> before the text
//	indentation           <indent:2> before the text
//	fontSize              <size:small> before the text
//
// Not shown, and kept by [Apply] where the text stays: annotation, border,
// breakout, dataConsumer, fragment and unknown marks; widths, layouts, colours
// of cells and panels, local ids.
//
// Opaque nodes are shown by a fence or a link that names them, ```adf:TYPE-N
// and [label](adf:TYPE-N), and keep their ADF while it stays; what is in the
// fence is there to be read, and an edit of it is in [Report.Ignored]. They
// are extension, bodiedExtension, inlineExtension, syncBlock,
// bodiedSyncBlock, layoutSection, tables with spans, and unknown nodes.
//
// # Markdown that ADF has no place for
//
// A heading or a table in a list item, a quote in a quote, blocks in a task:
// they are restructured, and the text is kept. HTML other than the tags above
// is text; attributes of a tag above are ignored. A link to javascript:,
// data:, vbscript: or file: stays text. An @name and an attachment's name
// become references where a [Resolver] knows them.
//
// # Limits
//
// goldmark is quadratic on some input, so that Markdown is refused with a
// [LimitError] before it runs: over 128 KiB, quotes and lists nested over 100
// deep (or so deep in a text of so many lines that it would take as long),
// over 1,000 unclosed links, over 20,000 markers of one kind (brackets;
// emphasis and backticks; bars), tables of over 20,000 cells, over 2,000 link
// definitions, over 100 <details>. A document is shown to the depth of 100;
// what is deeper is opaque.
package adf
