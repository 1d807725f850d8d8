package names_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// Account ids of the people in the tests.
const (
	ana   = "712020:0a0a0a0a-1111-4222-8333-444444444444"
	costa = "557058:0b0b0b0b-1111-4222-8333-444444444444"
	bo    = "5b10ac8d82e05b22cc7d4ef5"
)

// TestUser checks who is found by a name, an e-mail address or an account id,
// with which requests, and what the errors say.
func TestUser(t *testing.T) {
	t.Parallel()
	withEmail := `{"accountId":"` + ana + `","displayName":"Ana Silva","emailAddress":"ana@example.com","active":true}`
	answers := map[string]string{
		"myself":                      person("me", "Mia Lang"),
		"user/search?query=Ana Silva": list(withEmail),
		"user/search?query=ana silva": list(withEmail),
		"user/search?query=Ana Costa": list(person("x", "Ana Costa-Lima"), person(costa, "Ana Costa")),
		"user/search?query=Sil":       list(withEmail),
		"user/search?query=ana":       list(withEmail, person(costa, "Ana Costa")),
		"user/search?query=Bo Berg":   list(person(bo, "Bo Berg")),
		"user/search?query=twin":      list(person("t1", "Twin"), person("t2", "TWIN")),
		"user/search?query=nobody":    list(),
		"user/search?query=broken":    `403 {"errorMessages":["You may not browse users."]}`,
		"user/search?query=ghost":     list(),
		"user/search?query=n":         list(person("x", "Nina Berg")),
		"user/search?query=g":         list(),

		"user/assignable/search?project=PAY&query=g":  list(),
		"user/assignable/search?project=PAY&query=B":  list(),
		"user/assignable/search?project=PAY&query=Bo": list(),

		"user/search?query=ana@example.com":                    list(person("x", "Susana"), withEmail),
		"user/assignable/search?project=PAY&query=Ana Silva":   list(withEmail),
		"user/assignable/search?project=PAY&query=Bo Berg":     list(),
		"user/assignable/search?project=PAY&query=ghost":       list(),
		"user/assignable/search?project=PAY&query=ana":         list(person("p1", "Ana One"), person("p2", "Ana Two")),
		"user/assignable/search?project=PAY&query=unavailable": `500 {"errorMessages":["down"]}`,
	}
	for name, c := range map[string]struct {
		project, who string
		want         string // account id
		says         string // part of the error
		asked        []string
	}{
		"the exact name":                 {"", "Ana Silva", ana, "", []string{"user/search?query=Ana Silva"}},
		"a name behind an @":             {"", " @ana silva ", ana, "", []string{"user/search?query=ana silva"}},
		"an exact name among others":     {"", "Ana Costa", costa, "", []string{"user/search?query=Ana Costa"}},
		"an e-mail address":              {"", "ana@example.com", ana, "", []string{"user/search?query=ana@example.com"}},
		"a part that only one name has":  {"", "Sil", ana, "", []string{"user/search?query=Sil"}},
		"a part that several names have": {"", "ana", "", `"ana" could be any of: Ana Silva (` + ana + `); Ana Costa (` + costa + ")", []string{"user/search?query=ana"}},
		"two people of the same name":    {"", "twin", "", "Twin (t1); TWIN (t2)", []string{"user/search?query=twin"}},
		"nobody of that name":            {"", "nobody", "", `"nobody"`, []string{"user/search?query=nobody", "user/search?query=n"}},
		"the caller":                     {"", "Me", "me", "", []string{"myself"}},
		"a new account id":               {"PAY", costa, costa, "", nil},
		"an old account id":              {"", bo, bo, "", nil},
		"somebody who can be assigned":   {"PAY", "Ana Silva", ana, "", []string{"user/assignable/search?project=PAY&query=Ana Silva"}},
		"several who can be assigned":    {"PAY", "ana", "", "Ana One (p1); Ana Two (p2)", []string{"user/assignable/search?project=PAY&query=ana"}},
		"somebody without a permission":  {"PAY", "Bo Berg", "", "Bo Berg cannot be assignee in PAY", []string{"user/assignable/search?project=PAY&query=Bo Berg", "user/assignable/search?project=PAY&query=Bo", "user/assignable/search?project=PAY&query=B", "user/search?query=Bo Berg"}},
		"nobody to assign":               {"PAY", "ghost", "", `"ghost" can be assignee in PAY`, []string{"user/assignable/search?project=PAY&query=ghost", "user/assignable/search?project=PAY&query=g", "user/search?query=ghost", "user/search?query=g"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, site := newNames(t, answers)
			u, err := n.User(t.Context(), "assignee", c.project, c.who)
			if checkError(t, err, c.says) && u.AccountID != c.want {
				t.Errorf("account %q, want %q", u.AccountID, c.want)
			}
			if asked := site.requests(); !slices.Equal(asked, c.asked) {
				t.Errorf("asked %q, want %q", asked, c.asked)
			}
		})
	}
	n, _ := newNames(t, answers)
	for who, project := range map[string]string{"broken": "", "unavailable": "PAY"} {
		var failed *jira.Error
		if _, err := n.User(t.Context(), "reporter", project, who); !errors.As(err, &failed) {
			t.Errorf("%s: error %v, want that of Jira", who, err)
		}
	}
}

// TestAmbiguousUser checks that an ambiguous name is an [names.UnknownError]
// that lists the candidates.
func TestAmbiguousUser(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"user/search": list(person("1", "Ana A"), person("2", "Ana B"))})
	_, err := n.User(t.Context(), "lead", "", "Ana")
	var unknown *names.UnknownError
	if !errors.As(err, &unknown) || !unknown.Ambiguous || unknown.Kind != "lead" || !slices.Equal(unknown.Allowed, []string{"Ana A (1)", "Ana B (2)"}) {
		t.Errorf("%+v", unknown)
	}
}

// TestDisplayName checks that the name of a person who was found is kept, and
// that others have their account id in its place.
func TestDisplayName(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"user/search": list(person(bo, "Bo Berg"))})
	if _, err := n.User(t.Context(), "assignee", "", bo); err != nil || n.DisplayName(bo) != bo {
		t.Errorf("before the name is known: %q (%v)", n.DisplayName(bo), err)
	}
	if _, err := n.User(t.Context(), "assignee", "", "Bo"); err != nil || n.DisplayName(bo) != "Bo Berg" {
		t.Errorf("after Bo was found: %q (%v)", n.DisplayName(bo), err)
	}
	if _, err := n.User(t.Context(), "assignee", "", bo); err != nil || n.DisplayName(bo) != "Bo Berg" {
		t.Errorf("after the id was given again: %q (%v)", n.DisplayName(bo), err)
	}
}

// TestIsAccountID checks which texts have the form of an account id. Two of the
// examples are in the contract: 5b10ac8d82e05b22cc7d4ef5 and
// 712020:3c6d3f05-331a-4488-932e-37c34b704720.
func TestIsAccountID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		bo: true, ana: true, costa: true, "712020:3c6d3f05-331a-4488-932e-37c34b704720": true, "qm:5bd0a2b0-6d3f-4c5e-8a4f-5a5a5a5a5a5a:0a1b2c3d": true,
		"": false, "ana": false, "Ana Silva": false, "ana@example.com": false, bo[1:]: false, bo + "0": false,
		"712020:short": false, "712020:": false, ":0a0a0a0a-1111": false, "712020:0a0a0a0a 1111": false, bo + "\n": false,
	} {
		if got := names.IsAccountID(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}

// TestUsers checks that names with commas are found in a list that was split at
// its commas, and that a person is in the result once.
func TestUsers(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"user/search?query=Ana Silva":        list(person(ana, "Ana Silva")),
		"user/search?query=Lindqvist, Karin": list(person(bo, "Lindqvist, Karin")),
		"user/search?query=Lindqvist":        list(person(bo, "Lindqvist, Karin")),
		"user/search?query=Karin":            list(person(bo, "Lindqvist, Karin"), person("k", "Karin Berg")),
		"user/search?query=King, Ola, Jr.":   list(person("ola", "King, Ola, Jr.")),
		"user/search":                        list(),
	}
	for what, c := range map[string]struct{ given, want []string }{
		"last name first":         {[]string{"Ana Silva", "Lindqvist", "Karin"}, []string{ana, bo}},
		"at the beginning":        {[]string{"Lindqvist", " Karin", "Ana Silva"}, []string{bo, ana}},
		"three parts":             {[]string{"Ana Silva", "King", "Ola", "Jr."}, []string{ana, "ola"}},
		"twice":                   {[]string{"Ana Silva", "Lindqvist, Karin", ana, "Lindqvist"}, []string{ana, bo}},
		"a part of a name alone":  {[]string{"Lindqvist", "Ana Silva"}, []string{bo, ana}},
		"nobody is left":          {[]string{"Ana Silva", "Lindqvist", "Nobody"}, nil},
		"an ambiguous first name": {[]string{"Karin"}, nil},
	} {
		n, _ := newNames(t, answers)
		users, err := n.Users(t.Context(), "watcher", c.given)
		var got []string
		for _, u := range users {
			got = append(got, u.AccountID)
		}
		if err == nil && !slices.Equal(got, c.want) || (err == nil) != (c.want != nil) {
			t.Errorf("%s: %q (%v), want %q", what, got, err, c.want)
		}
	}
}

// TestUserAmongOthers checks who is found among people of similar names: employees
// first, by name or by address, and nobody if two of them fit.
func TestUserAmongOthers(t *testing.T) {
	t.Parallel()
	account := func(id, name, email, kind string, active bool) string {
		return fmt.Sprintf(`{"accountId":%q,"displayName":%q,"emailAddress":%q,"accountType":%q,"active":%t}`, id, name, email, kind, active)
	}
	var many []string
	for n := range 25 {
		many = append(many, account(fmt.Sprint("m", n), fmt.Sprint("Ana Silva ", n), "", "atlassian", true))
	}
	for what, c := range map[string]struct {
		who   string
		found []string
		want  string // account id; "" for nobody
	}{
		"an address, and a customer called like it": {"ana@example.com", []string{account("c", "ana@example.com", "", "customer", true), account("e", "Ana Silva", "ana@example.com", "atlassian", true)}, "e"},
		"a deactivated account, spelt the same":     {"Ana Silva", []string{account("d", "Ana Silva", "", "atlassian", false), account("e", "ana silva", "", "atlassian", true)}, "e"},
		"a customer, spelt the same":                {"Jurgen Gross", []string{account("c", "Jurgen Gross", "", "customer", true), account("e", "Jürgen Groß", "", "atlassian", true)}, "e"},
		"two of many":                               {"Ana Silva", append(append([]string{account("1", "Ana Silva", "", "atlassian", true)}, many...), account("2", "Ana Silva", "", "atlassian", true)), ""},
		"one of many":                               {"Ana Silva", append(append([]string{account("d", "Ana Silva", "", "atlassian", false)}, many...), account("2", "Ana Silva", "", "atlassian", true)), "2"},
		"the same twice":                            {"Sam", []string{account("s", "Sam", "", "atlassian", true), account("s", "Sam", "", "atlassian", true)}, "s"},
		"blanks too many":                           {"Ann a", []string{account("a", "Anna", "", "atlassian", true), account("b", "Ann Able", "", "atlassian", true)}, ""},
		"an unknown kind of account":                {"Zed", []string{account("z", "Zed", "", "unknown", true)}, "z"},
	} {
		n, _ := newNames(t, map[string]string{"user/search": list(c.found...), "user/assignable/search": list(c.found...)})
		for _, project := range []string{"", "PAY"} {
			u, err := n.User(t.Context(), "assignee", project, c.who)
			if u.AccountID != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%s, project %q: %q (%v), want %q", what, project, u.AccountID, err, c.want)
			}
		}
	}
}
