package wire

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// needed are the attributes that nodes and marks have to have, as Atlassian's
// schema has it; several ways are set apart by a bar. A test holds this table
// to the schema.
var needed = map[string]string{
	"blockCard": "url|data|datasource", "inlineCard": "url|data", "embedCard": "layout url",
	"extension": "extensionKey extensionType", "bodiedExtension": "extensionKey extensionType", "inlineExtension": "extensionKey extensionType",
	"syncBlock": "localId resourceId", "bodiedSyncBlock": "localId resourceId", "layoutColumn": "width", "heading": "level", "panel": "panelType",
	"taskList": "localId", "taskItem": "localId state", "blockTaskItem": "localId state", "decisionList": "localId", "decisionItem": "localId state",
	"media": "collection id type|type url", "mediaInline": "collection id", "nestedExpand": "",
	"mention": "id", "emoji": "shortName", "date": "timestamp", "status": "color text", "placeholder": "text",
	"link": "href", "subsup": "type", "textColor": "color", "backgroundColor": "color", "annotation": "annotationType id", "alignment": "align",
	"indentation": "level", "fontSize": "fontSize", "border": "color size", "breakout": "mode", "dataConsumer": "sources", "fragment": "localId",
}

// choices are the values that attributes take, by node or mark and attribute.
var choices = map[string]string{
	"panel.panelType": "info note tip warning error success custom", "taskItem.state": "TODO DONE", "blockTaskItem.state": "TODO DONE",
	"subsup.type": "sub sup", "alignment.align": "center end", "fontSize.fontSize": "small", "annotation.annotationType": "inlineComment",
	"breakout.mode": "wide full-width", "mention.userType": "DEFAULT SPECIAL APP", "mediaInline.type": "link file image",
	"heading.level": "1 2 3 4 5 6", "indentation.level": "1 2 3 4 5 6", "border.size": "1 2 3",
	"mediaSingle.layout": "wide full-width center wrap-right wrap-left align-end align-start", "mediaSingle.widthType": "percentage pixel",
	"embedCard.layout": "wide full-width center wrap-right wrap-left align-end align-start",
	"extension.layout": "wide full-width default", "bodiedExtension.layout": "wide full-width default",
	"table.layout": "wide full-width center align-end align-start default", "table.displayMode": "default fixed",
}

// marksOf are the marks that nodes may have; others have none. A test holds
// this table to the schema.
var marksOf = map[string]string{
	"text":      "annotation backgroundColor code em link strike strong subsup textColor underline",
	"paragraph": "alignment fontSize indentation", "heading": "alignment indentation",
	"codeBlock": "breakout", "expand": "breakout", "layoutSection": "breakout", "syncBlock": "breakout", "bodiedSyncBlock": "breakout",
	"media": "annotation border dataConsumer link", "mediaInline": "annotation border dataConsumer link", "mediaSingle": "link",
	"extension": "dataConsumer fragment", "bodiedExtension": "dataConsumer fragment", "inlineExtension": "dataConsumer fragment", "table": "fragment",
}

// checkMarks holds the marks of a node to the schema. A breakout is for blocks
// of the document itself.
func checkMarks(n adfNode, depth int) bool {
	for _, m := range n.Marks {
		if !slices.Contains(strings.Fields(marksOf[n.Type]), m.Type) || !checkAttrs(m.Type, m.Attrs) || m.Type == "breakout" && depth != 1 {
			return false
		}
	}
	return true
}

var (
	hexColor    = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	statusColor = regexp.MustCompile(`^(neutral|purple|blue|red|yellow|green|#[0-9a-fA-F]{6})$`)
)

// checkAttrs holds the attributes of a node or mark to the schema, as far as
// the two tables know it. A node of a type that is not known is refused
// elsewhere.
func checkAttrs(kind string, raw json.RawMessage) bool {
	ways, listed := needed[kind]
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
		if allowed, ok := choices[kind+"."+name]; ok {
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
		return external == (attrs["url"] != nil) && (external || attrs["id"] != "")
	}
	return true
}
