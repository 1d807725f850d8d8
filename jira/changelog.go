package jira

// Changelog is a page of an issue's changes. As part of an issue it holds the
// newest ones, newest first; Total counts all.
type Changelog struct {
	Histories []Change `json:"histories"`
	Total     int      `json:"total"`
}

// Change is what somebody changed at one moment. Comments and what an issue
// was created with are not among the changes.
type Change struct {
	ID      string       `json:"id"`
	Author  *User        `json:"author"`
	Created string       `json:"created"`
	Items   []ChangeItem `json:"items"`
}

// ChangeItem is the change of one field, from and to as people see them.
type ChangeItem struct {
	Field   string `json:"field"`
	FieldID string `json:"fieldId"` // empty for what is no field, a link for example
	From    string `json:"fromString"`
	To      string `json:"toString"`
}
