package seed

import (
	"fmt"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Namesakes adds people to the site who are hard to tell apart: colleagues of one
// name, an app and a customer called like an employee, deactivated accounts, many
// of one family name, and names with accents, commas and blanks. Nobody shows an
// e-mail address. It is for sandbox.Options.Setup.
func Namesakes(s *store.Site) {
	add := func(name, kind string, active bool) {
		n := len(s.Users)
		u := &store.User{ID: fmt.Sprintf("712020:7e5a%04x-0c3e-4b7a-9d2f-%012x", n, 0x5a4e+n), Name: name, Email: fmt.Sprintf("person%d@example.com", n),
			AccountType: kind, TimeZone: "Europe/Berlin", Active: active}
		s.Users = append(s.Users, u)
	}
	const employee, app, customer = "atlassian", "app", "customer"
	add("Ben Okafor", employee, false)
	add("Ana Silva for Slack", app, true)
	add("Ana Silva", customer, true)
	add("Former user", employee, false)
	add("Zoë Müller", employee, true)
	add("Müller, Zoë (External)", employee, true)
	add("Jürgen Groß", employee, true)
	add("田中 太郎", employee, true)
	add("Pat Levi", employee, true)
	add("Pat Levi", employee, true)
	for n := range 30 {
		add(fmt.Sprintf("John Smith %d", n+1), employee, true)
	}
	add("John Smith", employee, true)
	for n := range 30 { // they match a search for Kim and cannot be assigned
		add(fmt.Sprintf("Kim Customer %d", n+1), customer, true)
	}
	add("Kim Last", employee, true)
}
