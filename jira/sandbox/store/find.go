package store

import (
	"slices"
	"strconv"
	"strings"
)

// User returns the user with an account id, or nil.
func (s *Site) User(id string) *User {
	for _, u := range s.Users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// Project returns the project with an id or key, or nil. It does not check who
// may see the project.
func (s *Site) Project(idOrKey string) *Project {
	for _, p := range s.Projects {
		if p.ID == idOrKey || strings.EqualFold(p.Key, idOrKey) {
			return p
		}
	}
	return nil
}

// Field returns the field with an id, or nil.
func (s *Site) Field(id string) *Field {
	for _, f := range s.Fields {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// FindNamed returns the item with an id or, if id is empty, with a name
// regardless of case. It returns nil if there is none.
func FindNamed(list []*Named, id, name string) *Named {
	for _, n := range list {
		if id != "" && n.ID == id || id == "" && name != "" && strings.EqualFold(n.Name, name) {
			return n
		}
	}
	return nil
}

// FindVersion returns the version with an id or, if id is empty, with a name
// regardless of case. It returns nil if there is none.
func FindVersion(list []*Version, id, name string) *Version {
	for _, v := range list {
		if id != "" && v.ID == id || id == "" && name != "" && strings.EqualFold(v.Name, name) {
			return v
		}
	}
	return nil
}

// Type returns the project's issue type with an id or name, or nil.
func (p *Project) Type(idOrName string) *IssueType {
	for _, t := range p.Types {
		if t.ID == idOrName || strings.EqualFold(t.Name, idOrName) || t.Untranslated != "" && strings.EqualFold(t.Untranslated, idOrName) {
			return t
		}
	}
	return nil
}

// Status returns the status with a name, also an original one, or nil.
func (s *Site) Status(name string) *Status {
	for _, st := range s.Statuses {
		if strings.EqualFold(st.Name, name) || st.Untranslated != "" && strings.EqualFold(st.Untranslated, name) {
			return st
		}
	}
	return nil
}

// Sprint returns the sprint with an id, or nil.
func (s *Site) Sprint(id int64) *Sprint {
	for _, sp := range s.Sprints {
		if sp.ID == id {
			return sp
		}
	}
	return nil
}

// EditScreen returns the edit screen of an issue type.
func (p *Project) EditScreen(typeID string) Screen {
	if s, ok := p.EditScreens[typeID]; ok {
		return s
	}
	return p.Screens[typeID]
}

// Has reports whether the screen shows a field.
func (s Screen) Has(id string) bool { return slices.Contains(s.Fields, id) }

// Requires reports whether the screen requires a field.
func (s Screen) Requires(id string) bool { return slices.Contains(s.Required, id) }

// SprintList returns sprints in the form of a changelog item: their ids and
// their names, each separated by commas.
func SprintList(list []*Sprint) (ids, names string) {
	for n, s := range list {
		if n > 0 {
			ids, names = ids+", ", names+", "
		}
		ids, names = ids+strconv.FormatInt(s.ID, 10), names+s.Name
	}
	return ids, names
}

// Filter returns the saved filter with an id or name if u may see it, or nil.
func (s *Site) Filter(who string, u *User) *Filter {
	for _, f := range s.Filters {
		if (f.ID == who || strings.EqualFold(f.Name, who)) && (f.Shared || f.Owner == u) {
			return f
		}
	}
	return nil
}

// Group returns the group with an id or name, or nil.
func (s *Site) Group(who string) *Group {
	for _, g := range s.Groups {
		if g.ID == who || strings.EqualFold(g.Name, who) {
			return g
		}
	}
	return nil
}

// LinkType returns the link type with an id or, if id is empty, with a name. It
// returns nil if there is none.
func (s *Site) LinkType(id, name string) *LinkType {
	for _, t := range s.LinkTypes {
		if id != "" && t.ID == id || id == "" && strings.EqualFold(t.Name, name) {
			return t
		}
	}
	return nil
}

// Version returns the version with an id and the project that it belongs to, or
// nil for both.
func (s *Site) Version(id string) (*Project, *Version) {
	for _, p := range s.Projects {
		for _, v := range p.Versions {
			if v.ID == id {
				return p, v
			}
		}
	}
	return nil, nil
}
