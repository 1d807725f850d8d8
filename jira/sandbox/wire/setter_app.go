package wire

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Fields of apps, and other fields whose read form is not the written one. A
// team, for example, is written as its id and read as an object.

// setApp sets such a field. It reports false for all other fields.
func (s *setter) setApp(f *store.Field, raw json.RawMessage, set func(any)) bool {
	switch {
	case f.Type == "team":
		s.team(f, raw, set)
	case f.Type == "version":
		v, _ := readRef(raw)
		if found := store.FindVersion(s.draft.Project.Versions, v.ID, v.Name); found != nil && !found.Archived {
			set(found)
		} else {
			s.refuse(f.ID, "Version id '"+v.ID+"' is not valid")
		}
	case f.Type == "project":
		v, _ := readRef(raw)
		if p := s.r.site.Project(v.ID + v.Key); p != nil {
			set(p)
		} else {
			s.refuse(f.ID, "data was not an object")
		}
	case f.Items == "group":
		s.groups(f, raw, set)
	case f.Items == "cmdb-object-field":
		s.assets(f, raw, set)
	case f.Type == "sd-customerrequesttype":
		s.requestType(f, raw, set)
	case f.Items == "sd-customerorganization":
		s.organizations(f, raw, set)
	case f.Type == "sd-request-lang":
		var v struct {
			Code string `json:"languageCode"`
		}
		if json.Unmarshal(raw, &v) == nil && languages[v.Code] != "" {
			set(appValue(object{"languageCode": v.Code, "displayName": languages[v.Code]}))
		} else {
			s.refuse(f.ID, "The language is not valid.")
		}
	case f.Type == "sd-servicelevelagreement":
		s.refuse(f.ID, "Operation value is not supported: Jira computes this field.")
	default:
		return false
	}
	return true
}

// languages lists the languages of the service desk by code.
var languages = map[string]string{"en": "English", "de": "German", "fr": "French"}

// appValue returns a value in the form in which answers have it.
func appValue(v any) store.App {
	data, err := json.Marshal(v)
	if err != nil {
		return nil // an object of strings and numbers always encodes
	}
	return data
}

// teamID matches the id of a team. An id can have a site's suffix.
var teamID = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(-\d+)?$`)
})

// team sets a team by its id, a bare string.
func (s *setter) team(f *store.Field, raw json.RawMessage, set func(any)) {
	var id string
	if json.Unmarshal(raw, &id) != nil || !teamID().MatchString(id) {
		s.refuse(f.ID, "Team Id '"+string(raw)+"' is not valid")
		return
	}
	at := slices.IndexFunc(s.r.site.Teams, func(t *store.Team) bool { return t.ID == id })
	if at < 0 {
		s.refuse(f.ID, "Team Id '"+id+"' does not exist")
		return
	}
	set(s.r.site.Teams[at])
}

// groups sets a list of groups, by name or id.
func (s *setter) groups(f *store.Field, raw json.RawMessage, set func(any)) {
	var refs []struct {
		Name string `json:"name"`
		ID   string `json:"groupId"`
	}
	var list []*store.Group
	ok := json.Unmarshal(raw, &refs) == nil
	for _, v := range refs {
		at := slices.IndexFunc(s.r.site.Groups, func(g *store.Group) bool { return g.ID == v.ID || v.ID == "" && g.Name == v.Name })
		if at < 0 {
			s.refuse(f.ID, "Could not find group with name: "+v.Name)
			return
		}
		list = append(list, s.r.site.Groups[at])
	}
	if !ok {
		s.refuse(f.ID, "data was not an array")
		return
	}
	set(list)
}

// assets sets objects of Assets: {"id": "workspace:object"}, or the two parts.
func (s *setter) assets(f *store.Field, raw json.RawMessage, set func(any)) {
	var list []struct {
		Workspace string `json:"workspaceId"`
		ID        string `json:"id"`
		Object    string `json:"objectId"`
	}
	ok := json.Unmarshal(raw, &list) == nil
	for n, v := range list {
		if v.ID == "" && v.Workspace != "" {
			list[n].ID = v.Workspace + ":" + v.Object
		}
		workspace, number, _ := strings.Cut(list[n].ID, ":")
		_, err := strconv.Atoi(number)
		ok = ok && err == nil && workspace != ""
		list[n].Workspace, list[n].Object = workspace, number
	}
	if !ok {
		s.refuse(f.ID, "expected Object")
		return
	}
	set(appValue(list))
}

// requestType sets the request type by its id, a string of digits.
func (s *setter) requestType(f *store.Field, raw json.RawMessage, set func(any)) {
	var id string
	_ = json.Unmarshal(raw, &id) // no string: the same as an unknown id
	kind := store.FindNamed(s.r.site.RequestTypes, id, "")
	if kind == nil {
		s.refuse(f.ID, "Operation value must be a string")
		return
	}
	set(store.Request{Type: kind})
}

// organizations sets organizations by their numbers.
func (s *setter) organizations(f *store.Field, raw json.RawMessage, set func(any)) {
	var ids []int
	list := []any{}
	ok := json.Unmarshal(raw, &ids) == nil
	for _, id := range ids {
		if o := store.FindNamed(s.r.site.Organizations, strconv.Itoa(id), ""); o != nil {
			list = append(list, object{"id": o.ID, "name": o.Name})
			continue
		}
		ok = false
	}
	if !ok {
		s.refuse(f.ID, "data was not an array of organization ids")
		return
	}
	set(appValue(list))
}
