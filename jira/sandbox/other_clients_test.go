package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// list calls an endpoint that answers a JSON array.
func (c *caller) list(path string) []map[string]any {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.SetBasicAuth(sandbox.Email, c.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	var out []map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %s, %v", path, res.Status, err)
	}
	return out
}

// TestSearchByURL checks that a search in the address finds what one in a body
// does, page by page.
func TestSearchByURL(t *testing.T) {
	c := start(t)
	status, first := c.do("GET", "/rest/api/3/search/jql?jql=project%20%3D%20OPS%20ORDER%20BY%20key&maxResults=20&fields=summary,status", "")
	if status != 200 || len(first["issues"].([]any)) != 20 || first["isLast"] != false {
		t.Fatalf("%d %v", status, first)
	}
	_, second := c.do("GET", "/rest/api/3/search/jql?jql=project%20%3D%20OPS%20ORDER%20BY%20key&maxResults=100&fields=key&nextPageToken="+first["nextPageToken"].(string), "")
	if all := len(c.search("project = OPS")); len(second["issues"].([]any)) != all-20 {
		t.Errorf("%d and 20 issues of %d", len(second["issues"].([]any)), all)
	}
	if status, _ = c.do("GET", "/rest/api/3/search/jql?jql=nofield%20%3D%201", ""); status != 400 {
		t.Errorf("an unknown field: %d", status)
	}
}

// TestIssuesOfAgile1 checks the lists with totals of agile 1.0. Epics are not on
// scrum boards (contract, getIssuesForBoard).
func TestIssuesOfAgile1(t *testing.T) {
	c := start(t)
	_, board := c.do("GET", "/rest/agile/1.0/board/1/issue?maxResults=5&fields=summary", "")
	if want := float64(len(c.search("project = PAY AND type != Epic"))); board["total"] != want || len(board["issues"].([]any)) != 5 {
		t.Errorf("board: %v of %v", board["total"], want)
	}
	_, sprint := c.do("GET", "/rest/agile/1.0/sprint/34/issue?jql=type%20%3D%20Bug&fields=issuetype&startAt=2", "")
	if want := float64(len(c.search("sprint = 34 AND type = Bug"))); sprint["total"] != want || float64(len(sprint["issues"].([]any))) != want-2 {
		t.Errorf("bugs of the sprint: %v of %v", sprint["total"], want)
	}
	if status, _ := c.do("GET", "/rest/agile/1.0/sprint/9999/issue", ""); status != 404 {
		t.Errorf("an unknown sprint: %d", status)
	}
}

// TestFieldAndStatusSearch checks the paged lists of fields and statuses.
func TestFieldAndStatusSearch(t *testing.T) {
	c := start(t)
	_, fields := c.do("GET", "/rest/api/3/field/search?type=custom&query=story", "")
	var names []string
	for _, f := range fields["values"].([]any) {
		names = append(names, f.(map[string]any)["name"].(string))
	}
	if got := strings.Join(names, ", "); got != "Story Points, Story point estimate, Story type" {
		t.Errorf("fields: %s", got)
	}
	_, statuses := c.do("GET", "/rest/api/3/statuses/search?statusCategory=DONE", "")
	if statuses["total"] != float64(3) {
		t.Errorf("statuses: %v", statuses)
	}
	_, resolutions := c.do("GET", "/rest/api/3/resolution/search?maxResults=2", "")
	if resolutions["total"] != float64(4) || resolutions["isLast"] != false {
		t.Errorf("resolutions: %v", resolutions)
	}
}

// TestAttachmentMetadata checks an attachment by its id.
func TestAttachmentMetadata(t *testing.T) {
	c := start(t)
	a := c.site.Site().Issue("OPS-4").Attachments[0]
	if _, got := c.do("GET", "/rest/api/3/attachment/"+a.ID, ""); got["filename"] != "runbook.pdf" || fmt.Sprint(int64(got["id"].(float64))) != a.ID {
		t.Errorf("%v", got)
	}
	if status, _ := c.do("GET", "/rest/api/3/attachment/1", ""); status != 404 {
		t.Errorf("an unknown one: %d", status)
	}
}

// TestOwnFilters checks the filters of the caller, and that nobody has
// favourites.
func TestOwnFilters(t *testing.T) {
	c := start(t)
	if got := c.list("/rest/api/3/filter/my"); len(got) != 0 {
		t.Errorf("Ana's own: %v", got)
	}
	if got := c.list("/rest/api/3/filter/favourite"); len(got) != 0 {
		t.Errorf("favourites: %v", got)
	}
}

// TestParsedQueries checks the structure and the errors of parsed queries.
func TestParsedQueries(t *testing.T) {
	c := start(t)
	_, answer := c.do("POST", "/rest/api/3/jql/parse?validation=strict", `{"queries":["project = PAY AND NOT (type in (Bug, Task) OR assignee is EMPTY) AND status was Done before -7d ORDER BY key DESC","project = ","nofield = 1"]}`)
	queries := answer["queries"].([]any)
	structure, _ := json.Marshal(queries[0].(map[string]any)["structure"])
	for _, want := range []string{`"operator":"and"`, `"operator":"not"`, `"values":[{"encodedValue":"Bug","value":"Bug"}`, `"keyword":"empty"`, `"predicates":[{"operand":`, `"orderBy":{"fields":[{"direction":"desc"`} {
		if !strings.Contains(string(structure), want) {
			t.Errorf("%s is not in %s", want, structure)
		}
	}
	for _, n := range []int{1, 2} {
		if one := queries[n].(map[string]any); one["structure"] != nil || len(one["errors"].([]any)) == 0 {
			t.Errorf("%v", one)
		}
	}
	_, answer = c.do("POST", "/rest/api/3/jql/parse?validation=none", `{"queries":["nofield = 1"]}`)
	if one := answer["queries"].([]any)[0].(map[string]any); one["structure"] == nil || one["errors"] != nil {
		t.Errorf("without validation: %v", one)
	}
}

// TestTokensOfOthers checks that each person's token is theirs: Farah sees the
// hidden project, and Ben has filters.
func TestTokensOfOthers(t *testing.T) {
	c := start(t)
	seen := map[string]string{}
	for _, p := range c.site.People() {
		seen[p.Name] = p.Token
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/rest/api/3/myself", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(p.Email, p.Token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var me struct{ DisplayName string }
		_ = json.NewDecoder(res.Body).Decode(&me)
		_ = res.Body.Close()
		if me.DisplayName != p.Name {
			t.Errorf("%s is %q", p.Email, me.DisplayName)
		}
		project, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/rest/api/3/project/SECRET", nil)
		if err != nil {
			t.Fatal(err)
		}
		project.SetBasicAuth(p.Email, p.Token)
		if res, err = http.DefaultClient.Do(project); err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if sees := res.StatusCode == http.StatusOK; sees != (p.Name == "Farah Haddad") {
			t.Errorf("%s sees the hidden project: %v", p.Name, sees)
		}
	}
	if len(seen) < 7 || seen["Ana Silva"] != "" || seen["Lindqvist, Karin"] == "" {
		t.Errorf("%v", seen)
	}
}
