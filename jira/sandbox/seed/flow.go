package seed

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// hour shortens the many durations below.
const hour = time.Hour

// createAll creates the issues of a project without sprints, at even intervals
// over the last days (over is their number), and calls live for each to give it
// a history.
func (b *builder) createAll(key string, over float64, reporter func(n int) *store.User, live func(i *store.Issue, r record, n int) error) error {
	list, err := records(key)
	if err != nil {
		return err
	}
	for n, r := range list {
		age := over * float64(len(list)-n) / float64(len(list))
		i, err := b.create(b.s.Project(key), r, b.daysFromNow(-age), reporter(n))
		if err != nil {
			return err
		}
		if err := live(i, r, n); err != nil {
			return err
		}
	}
	return nil
}

// diskUsage returns a PNG image of a bar chart; the last bar nearly reaches the
// top. It is encoded once, on first use.
var diskUsage = sync.OnceValue(func() []byte {
	const w, h, bars = 480, 240, 12
	img := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.RGBA{0x33, 0x66, 0x99, 0xff}, color.RGBA{0xcc, 0x33, 0x33, 0xff}})
	for n := range bars {
		ink := uint8(1)
		if n == bars-1 {
			ink = 2
		}
		for x := n*w/bars + 6; x < (n+1)*w/bars-6; x++ {
			for y := h - 40 - n*16; y < h-10; y++ {
				img.SetColorIndex(x, y, ink)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil // writing to memory does not fail
	}
	return b.Bytes()
})

// ops creates the issues of OPS, the oldest first. Its remainder modulo 7
// decides how far an issue gets along the columns; the newest ones are not
// started yet.
func (b *builder) ops() error {
	return b.createAll("OPS", 60, b.staff, func(i *store.Issue, r record, n int) error {
		who := b.staff(n + 2)
		after := func(days float64) float64 { return -b.now.Sub(i.Created).Hours()/24 + days }
		if n%7 != 6 {
			b.assign(i, b.daysFromNow(after(0.5)), who)
			b.transition(i, b.daysFromNow(after(1)), who, "Selected for Development", "")
		}
		if n < 44 && n%7 < 5 {
			b.transition(i, b.daysFromNow(after(2)), who, "In Progress", "")
		}
		if n < 36 && n%7 < 4 {
			b.transition(i, b.daysFromNow(after(3+float64(n%9))), who, "Done", "Done")
		}
		if n == 3 {
			// A warning panel, a mention and a status: content that Markdown
			// cannot express.
			i.Description = json.RawMessage(`{"type":"doc","version":1,"content":[{"type":"panel","attrs":{"panelType":"warning"},"content":[{"type":"paragraph","content":[{"type":"text","text":"Change window: Sunday 02:00–04:00 UTC. Ask "},{"type":"mention","attrs":{"id":"` +
				who.ID + `","text":"@` + who.Name + `"}},{"type":"text","text":" before you start."}]}]},{"type":"paragraph","content":[{"type":"text","text":"State: "},{"type":"status","attrs":{"text":"APPROVED","color":"green"}}]}]}`)
			i.Attachments = []*store.Attachment{{ID: b.s.Serial(), Name: "runbook.pdf", MediaType: "application/pdf", Size: 182_044, Author: who, Created: i.Created},
				{ID: b.s.Serial(), Name: "disk-usage.png", MediaType: "image/png", Size: len(diskUsage()), Author: who, Created: i.Created, Data: diskUsage()}}
		}
		return b.addTeamComments(i, r.comments)
	})
}

// help creates the requests of HELP. Customers write them and agents answer;
// every third comment is an internal note, unless it is the customer's.
func (b *builder) help() error {
	customer := func(n int) *store.User { return b.s.Users[firstCustomer+n%3] }
	return b.createAll("HELP", 30, customer, func(i *store.Issue, r record, n int) error {
		impact := b.s.Field(Impact).Options[[]int{2, 3, 1, 2, 3, 0, 2}[n%7]]
		i.Custom[Impact] = impact
		i.Custom[Customer] = []string{"Nordlicht Mode", "Atelier Moreau", "Kissaten Books"}[n%3]
		i.Priority = b.s.Priorities[map[string]int{"Extensive": 0, "Significant": 1, "Moderate": 2, "Minor": 3}[impact.Name]]
		agent := b.staff(n%3 + dana)
		if n < 30 {
			b.assign(i, i.Created.Add(3*hour), agent)
			b.transition(i, i.Created.Add(4*hour), agent, "In Progress", "")
		}
		if n >= 24 {
			i.Custom[RequestType] = store.Request{Type: b.s.RequestTypes[n%2]}
			i.Custom[Organizations] = store.App(`[{"id":"1","name":"Kestrel, Hobbs and Sons"}]`)
			i.Custom[Language] = store.App(`{"languageCode":"de","displayName":"German"}`)
			i.Custom[Resolution] = b.agreement(i.Created, n == 24)
		}
		switch {
		case n < 20:
			i.Custom[RootCause] = b.s.Field(RootCause).Options[n%4]
			b.transition(i, minTime(i.Created.Add(40*hour), b.now.Add(-hour)), agent, "Resolved", "Done")
		case n < 26:
			b.transition(i, minTime(i.Created.Add(9*hour), b.now.Add(-hour)), agent, "Waiting for customer", "")
		case n == 27:
			b.transition(i, minTime(i.Created.Add(9*hour), b.now.Add(-hour)), agent, "Escalated", "")
		}
		return b.addComments(i, r.comments, func(k int) (*store.User, bool) {
			if k%2 == 1 {
				return i.Reporter, false
			}
			return agent, k%3 == 2
		})
	})
}

// agreement returns the value of a service level agreement of 8 hours that began
// with the request, as Jira shows it.
func (b *builder) agreement(from time.Time, breached bool) store.App {
	left, text := time.Hour, "1h"
	if breached {
		left, text = -2*time.Hour, "-2h"
	}
	at := func(t time.Time) map[string]any {
		return map[string]any{"iso8601": t.Format(store.TimeLayout), "epochMillis": t.UnixMilli()}
	}
	data, err := json.Marshal(map[string]any{"id": "2", "name": "Time to resolution", "completedCycles": []any{}, "ongoingCycle": map[string]any{
		"startTime": at(from), "breachTime": at(from.Add(8 * time.Hour)), "breached": breached, "paused": false, "withinCalendarHours": true,
		"goalDuration":  map[string]any{"millis": (8 * time.Hour).Milliseconds(), "friendly": "8h"},
		"elapsedTime":   map[string]any{"millis": (8*time.Hour - left).Milliseconds(), "friendly": strings.TrimSuffix(strings.TrimSuffix((8*time.Hour-left).String(), "0s"), "0m")},
		"remainingTime": map[string]any{"millis": left.Milliseconds(), "friendly": text}}})
	if err != nil {
		return nil // a map of strings and numbers always encodes
	}
	return data
}

// docs creates the issues of DOCS, all of them done.
func (b *builder) docs() error {
	return b.createAll("DOCS", 300, b.staff, func(i *store.Issue, r record, n int) error {
		b.assign(i, i.Created.Add(20*hour), b.s.Users[greta])
		b.transition(i, i.Created.Add(100*hour), b.s.Users[greta], "Done", "Done")
		return b.addTeamComments(i, r.comments)
	})
}

// secret creates the issues of SECRET. Only the owner writes there, since
// nobody else can see the project.
func (b *builder) secret() error {
	owner := func(int) *store.User { return b.s.Users[farah] }
	return b.createAll("SECRET", 40, owner, func(i *store.Issue, r record, n int) error {
		if n%2 == 0 {
			b.transition(i, i.Created.Add(50*hour), owner(n), "In Progress", "")
		}
		return b.addComments(i, r.comments, func(int) (*store.User, bool) { return owner(n), false })
	})
}
