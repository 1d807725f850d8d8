package wire

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// requiredAttrs lists the required attributes of nodes and marks, from
// Atlassian's schema. A bar separates alternatives: an inlineCard needs "url"
// or "data". An empty entry means that attrs must be present but may be empty.
// A test compares this table with the schema.
var requiredAttrs = map[string]string{
	"blockCard": "url|data|datasource", "inlineCard": "url|data", "embedCard": "layout url",
	"extension": "extensionKey extensionType", "bodiedExtension": "extensionKey extensionType", "inlineExtension": "extensionKey extensionType",
	"syncBlock": "localId resourceId", "bodiedSyncBlock": "localId resourceId", "layoutColumn": "width", "heading": "level", "panel": "panelType",
	"taskList": "localId", "taskItem": "localId state", "blockTaskItem": "localId state", "decisionList": "localId", "decisionItem": "localId state",
	"media": "collection id type|type url", "mediaInline": "collection id", "nestedExpand": "",
	"mention": "id", "emoji": "shortName", "date": "timestamp", "status": "color text", "placeholder": "text",
	"link": "href", "subsup": "type", "textColor": "color", "backgroundColor": "color", "annotation": "annotationType id", "alignment": "align",
	"indentation": "level", "fontSize": "fontSize", "border": "color size", "breakout": "mode", "dataConsumer": "sources", "fragment": "localId",
}

// attrValues lists the allowed values of attributes, by "type.attribute".
var attrValues = map[string]string{
	"panel.panelType": "info note tip warning error success custom", "taskItem.state": "TODO DONE", "blockTaskItem.state": "TODO DONE",
	"subsup.type": "sub sup", "alignment.align": "center end", "fontSize.fontSize": "small", "annotation.annotationType": "inlineComment",
	"breakout.mode": "wide full-width", "mention.userType": "DEFAULT SPECIAL APP", "mediaInline.type": "link file image",
	"heading.level": "1 2 3 4 5 6", "indentation.level": "1 2 3 4 5 6", "border.size": "1 2 3",
	"mediaSingle.layout": "wide full-width center wrap-right wrap-left align-end align-start", "mediaSingle.widthType": "percentage pixel",
	"embedCard.layout": "wide full-width center wrap-right wrap-left align-end align-start",
	"extension.layout": "wide full-width default", "bodiedExtension.layout": "wide full-width default",
	"table.layout": "wide full-width center align-end align-start default", "table.displayMode": "default fixed",
}

// allowedMarks lists the marks that each node type allows; other types allow
// none. A test compares this table with the schema.
var allowedMarks = map[string]string{
	"text":      "annotation backgroundColor code em link strike strong subsup textColor underline",
	"paragraph": "alignment fontSize indentation", "heading": "alignment indentation",
	"codeBlock": "breakout", "expand": "breakout", "layoutSection": "breakout", "syncBlock": "breakout", "bodiedSyncBlock": "breakout",
	"media": "annotation border dataConsumer link", "mediaInline": "annotation border dataConsumer link", "mediaSingle": "link",
	"extension": "dataConsumer fragment", "bodiedExtension": "dataConsumer fragment", "inlineExtension": "dataConsumer fragment", "table": "fragment",
}

// checkMarks reports whether the marks of a node are valid. A breakout is only
// valid on the top-level blocks of the document, which have depth 1.
func checkMarks(n adfNode, depth int) bool {
	for _, m := range n.Marks {
		if !slices.Contains(strings.Fields(allowedMarks[n.Type]), m.Type) || !checkAttrs(m.Type, m.Attrs) || m.Type == "breakout" && depth != 1 {
			return false
		}
	}
	return true
}

// Colours of text, and of statuses, which may also be one of Atlassian's names.
var (
	hexColor    = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	statusColor = regexp.MustCompile(`^(neutral|purple|blue|red|yellow|green|#[0-9a-fA-F]{6})$`)
)

// checkAttrs reports whether the attributes of a node or mark are valid as far
// as the two tables know its type. Attributes that they do not know are
// accepted; unknown node types are refused by the check of the parent's
// children. The rules at the end are not in the tables: formats of colours, and
// the difference between external media (with a URL) and stored files (with an
// id).
func checkAttrs(kind string, raw json.RawMessage) bool {
	ways, listed := requiredAttrs[kind]
	var attrs map[string]any
	if len(raw) == 0 {
		return !listed
	}
	if json.Unmarshal(raw, &attrs) != nil {
		return false
	}
	if listed && !slices.ContainsFunc(strings.Split(ways, "|"), func(way string) bool {
		return !slices.ContainsFunc(strings.Fields(way), func(name string) bool { return attrs[name] == nil })
	}) {
		return false
	}
	for name, v := range attrs {
		if allowed, ok := attrValues[kind+"."+name]; ok {
			text, err := json.Marshal(v)
			if err != nil || !slices.Contains(strings.Fields(allowed), strings.Trim(string(text), `"`)) {
				return false
			}
		}
	}
	color, _ := attrs["color"].(string)
	switch kind {
	case "textColor", "backgroundColor":
		return hexColor.MatchString(color)
	case "status":
		return statusColor.MatchString(color) && attrs["text"] != ""
	case "media":
		external := attrs["type"] == "external"
		address, _ := attrs["url"].(string)
		if external && !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
			return false // a file name is no address
		}
		return external == (attrs["url"] != nil) && (external || attrs["id"] != "")
	}
	return true
}
