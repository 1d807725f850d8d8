package wire

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// hoursPerDay and daysPerWeek are the site's working time, the meaning of "1d"
// and "1w".
const (
	hoursPerDay = 7.5
	daysPerWeek = 5
)

// configuration handles GET configuration, which includes the working time.
func configuration(*request) (any, error) {
	return object{"votingEnabled": true, "watchingEnabled": true, "unassignedIssuesAllowed": true, "subTasksEnabled": true, "issueLinkingEnabled": true,
		"timeTrackingEnabled": true, "attachmentsEnabled": true, "timeTrackingConfiguration": object{"workingHoursPerDay": hoursPerDay, "workingDaysPerWeek": daysPerWeek,
			"timeFormat": "pretty", "defaultUnit": "minute"}}, nil
}

// parseDuration parses a duration as Jira accepts it, such as "1w 2d 3h 4m", and
// reports whether it is valid. A number alone is minutes, the site's default
// unit. With a day of 7.5 hours, "1d 30" is 28,800 seconds.
func parseDuration(text string) (int64, bool) {
	total, any := 0.0, false
	for _, part := range strings.Fields(strings.ToLower(text)) {
		unit := 60.0
		switch part[len(part)-1] {
		case 'w':
			unit = daysPerWeek * hoursPerDay * 3600
		case 'd':
			unit = hoursPerDay * 3600
		case 'h':
			unit = 3600
		case 'm':
		default:
			part += "m"
		}
		n, err := strconv.ParseFloat(part[:len(part)-1], 64)
		if err != nil || n < 0 {
			return 0, false
		}
		total, any = total+n*unit, true
	}
	return int64(total), any
}

// formatDuration returns a duration in seconds as Jira displays it: 28,800 is
// "1d 30m". Seconds below a minute are dropped.
func formatDuration(s int64) string {
	var out []string
	for _, u := range []struct {
		seconds int64
		name    string
	}{{int64(daysPerWeek * hoursPerDay * 3600), "w"}, {int64(hoursPerDay * 3600), "d"}, {3600, "h"}, {60, "m"}} {
		if n := s / u.seconds; n > 0 {
			out = append(out, strconv.FormatInt(n, 10)+u.name)
			s %= u.seconds
		}
	}
	if len(out) == 0 {
		return "0m"
	}
	return strings.Join(out, " ")
}

// timetracking renders the field "timetracking". Each value is there twice, as
// text and in seconds, and omitted if it is not set.
func (r *request) timetracking(i *store.Issue) object {
	o := object{}
	add := func(name string, s *int64) {
		if s != nil {
			o[name], o[name+"Seconds"] = formatDuration(*s), *s
		}
	}
	add("originalEstimate", i.Original)
	add("remainingEstimate", i.Remaining)
	if spent := i.TimeSpent(); spent > 0 {
		add("timeSpent", &spent)
	}
	return o
}

// timetracking sets the estimates. If the issue had none, an original estimate
// alone also sets the remaining one.
func (s *setter) timetracking(f *store.Field, raw json.RawMessage) {
	var in struct {
		Original  *string `json:"originalEstimate"`
		Remaining *string `json:"remainingEstimate"`
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		s.refuse(f.ID, "Time tracking value is invalid.")
		return
	}
	set := func(text *string, name string, into **int64) {
		if text == nil {
			return
		}
		n, ok := parseDuration(*text)
		if !ok {
			s.refuse(f.ID, "'"+*text+"' is not a valid estimate.")
			return
		}
		was := ""
		if *into != nil {
			was = strconv.FormatInt(**into, 10)
		}
		now := strconv.FormatInt(n, 10)
		if was != now {
			s.items = append(s.items, store.Item{Field: name, FieldID: name, FieldType: "jira", From: was, FromText: was, To: now, ToString: now})
		}
		*into = &n
	}
	first := s.draft.Original == nil && s.draft.Remaining == nil && in.Remaining == nil
	set(in.Original, "timeoriginalestimate", &s.draft.Original)
	if first && s.draft.Original != nil {
		left := *s.draft.Original
		s.draft.Remaining = &left
	}
	set(in.Remaining, "timeestimate", &s.draft.Remaining)
}

// worklog renders a worklog of an issue.
func (r *request) worklog(i *store.Issue, w *store.Worklog) object {
	o := object{"self": r.selfURL("issue/%d/worklog/%s", i.ID, w.ID), "id": w.ID, "issueId": strconv.FormatInt(i.ID, 10), "author": r.author(w.Author), "updateAuthor": r.author(w.Updater),
		"created": r.formatTime(w.Created), "updated": r.formatTime(w.Updated), "started": r.formatTime(w.Started), "timeSpent": formatDuration(w.Seconds), "timeSpentSeconds": w.Seconds}
	if len(w.Comment) > 0 {
		o["comment"] = w.Comment
	}
	return o
}

// getWorklogs handles GET issue/{key}/worklog. startedAfter excludes earlier
// starts, startedBefore the later ones and the moment itself; both are in
// milliseconds since 1970.
func getWorklogs(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	list := slices.Clone(i.Worklogs)
	for _, bound := range []struct {
		name string
		out  func(started, at int64) bool
	}{{"startedAfter", func(s, at int64) bool { return s < at }}, {"startedBefore", func(s, at int64) bool { return s >= at }}} {
		text := r.URL.Query().Get(bound.name)
		if text == "" {
			continue
		}
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "'%s' is not a valid value for '%s'.", text, bound.name)
		}
		list = slices.DeleteFunc(list, func(w *store.Worklog) bool { return bound.out(w.Started.UnixMilli(), at) })
	}
	part, start, limit, err := page(r, list, 5000, 5000)
	if err != nil {
		return nil, err
	}
	return object{"startAt": start, "maxResults": limit, "total": len(list), "worklogs": renderEach(part, func(w *store.Worklog) any { return r.worklog(i, w) })}, nil
}

// logWork adds the worklog of an update to the draft, and reduces its remaining
// estimate.
func (s *setter) logWork(raw json.RawMessage) {
	w, err := s.r.parseWorklog(raw, nil)
	if err != nil {
		s.refuse("worklog", err.Error())
		return
	}
	s.draft.Worklogs = append(s.draft.Worklogs, w)
	if left := s.draft.Remaining; left != nil {
		now := max(*left-w.Seconds, 0)
		s.draft.Remaining = &now
	}
}

// parseWorklog returns the worklog in a JSON value, not yet stored. was is
// the worklog to change, whose values are the defaults, or nil for a new one.
// timeSpentSeconds takes precedence over timeSpent; a worklog has at least a
// minute. A visibility is accepted but ignored.
func (r *request) parseWorklog(raw json.RawMessage, was *store.Worklog) (*store.Worklog, error) {
	var in struct {
		Comment    json.RawMessage `json:"comment"`
		Started    *string         `json:"started"`
		Spent      string          `json:"timeSpent"`
		Seconds    *int64          `json:"timeSpentSeconds"`
		Visibility json.RawMessage `json:"visibility"`
	}
	if err := decodeStrictly(raw, &in); err != nil {
		return nil, err
	}
	w := &store.Worklog{ID: r.site.Serial(), Author: r.user, Created: r.site.Now(), Started: r.site.Now()}
	if was != nil {
		*w = *was
	}
	w.Updater, w.Updated = r.user, r.site.Now()
	switch n, ok := parseDuration(in.Spent); {
	case in.Seconds != nil:
		w.Seconds = *in.Seconds
	case in.Spent != "" && !ok:
		return nil, failField("timeLogged", "Invalid time duration entered.")
	case in.Spent != "":
		w.Seconds = n
	}
	if w.Seconds < 60 {
		return nil, failField("timeLogged", "Worklog must not be null or less than a minute.")
	}
	if in.Started != nil {
		at, err := time.Parse(store.TimeLayout, *in.Started)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "Date value '%s' is not valid. The format is yyyy-MM-dd'T'HH:mm:ss.SSSZ.", *in.Started)
		}
		w.Started = at
	}
	if !isNull(in.Comment) {
		if err := checkRichText(in.Comment); err != nil {
			return nil, failField("comment", "%s", err.Error())
		}
		w.Comment = in.Comment
	}
	return w, nil
}

// adjustEstimate changes the remaining estimate of a draft for more seconds
// logged, by the query parameter adjustEstimate (contract, addWorklog):
//
//   - leave keeps the estimate.
//   - auto, the default, reduces the estimate, if there is one, by the logged
//     time.
//   - new sets it to newEstimate.
//   - manual reduces or increases it by the parameter named in by, reduceBy or
//     increaseBy.
//
// The estimate never goes below zero. more is negative for a deleted worklog.
func (r *request) adjustEstimate(d *store.Issue, more int64, by string) error {
	q := r.URL.Query()
	left := int64(0)
	if d.Remaining != nil {
		left = *d.Remaining
	}
	switch q.Get("adjustEstimate") {
	case "leave":
		return nil
	case "", "auto":
		if d.Remaining == nil {
			return nil
		}
		left = max(left-more, 0)
	case "new":
		n, ok := parseDuration(q.Get("newEstimate"))
		if !ok {
			return failField("newEstimate", "You must supply a valid new estimate.")
		}
		left = n
	case "manual":
		n, ok := parseDuration(q.Get(by))
		if !ok {
			return failField(by, "You must supply a valid amount.")
		}
		if by == "increaseBy" {
			n = -n
		}
		left = max(left-n, 0)
	default:
		return fail(http.StatusBadRequest, "'%s' is not a valid value for 'adjustEstimate'.", q.Get("adjustEstimate"))
	}
	d.Remaining = &left
	return nil
}

// addWorklog handles POST issue/{key}/worklog.
func addWorklog(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	if !access.Can(r.user, i.Project, "WORK_ON_ISSUES") {
		return nil, fail(http.StatusBadRequest, "You do not have the permission to associate a worklog to this issue.")
	}
	w, err := r.parseWorklog(r.body, nil)
	if err != nil {
		return nil, err
	}
	i, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.Worklogs = append(d.Worklogs, w)
		d.Updated = w.Created
		return r.adjustEstimate(d, w.Seconds, "reduceBy")
	})
	if err != nil {
		return nil, err
	}
	return r.worklog(i, w), nil
}

// permittedWorklog returns the worklog of the path's {id} if the caller has the
// permission for it. verb is EDIT or DELETE; for each there is a permission for
// one's own worklogs and one for all.
func (r *request) permittedWorklog(i *store.Issue, verb string) (*store.Worklog, error) {
	for _, w := range i.Worklogs {
		if w.ID != r.PathValue("id") {
			continue
		}
		if !access.Can(r.user, i.Project, verb+"_ALL_WORKLOGS") && (w.Author != r.user || !access.Can(r.user, i.Project, verb+"_OWN_WORKLOGS")) {
			return nil, fail(http.StatusBadRequest, "%s, you do not have the permission for this worklog.", r.user.Name)
		}
		return w, nil
	}
	return nil, fail(http.StatusNotFound, "Cannot find worklog with id: '%s'.", r.PathValue("id"))
}

// updateWorklog handles PUT issue/{key}/worklog/{id}.
func updateWorklog(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	was, err := r.permittedWorklog(i, "EDIT")
	if err != nil {
		return nil, err
	}
	w, err := r.parseWorklog(r.body, was)
	if err != nil {
		return nil, err
	}
	i, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.Worklogs = slices.Clone(d.Worklogs)
		for n, held := range d.Worklogs {
			if held.ID == w.ID {
				d.Worklogs[n] = w
			}
		}
		d.Updated = w.Updated
		return r.adjustEstimate(d, w.Seconds-was.Seconds, "reduceBy")
	})
	if err != nil {
		return nil, err
	}
	return r.worklog(i, w), nil
}

// deleteWorklog handles DELETE issue/{key}/worklog/{id}.
func deleteWorklog(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	w, err := r.permittedWorklog(i, "DELETE")
	if err != nil {
		return nil, err
	}
	_, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.Worklogs = slices.DeleteFunc(slices.Clone(d.Worklogs), func(x *store.Worklog) bool { return x.ID == w.ID })
		d.Updated = r.site.Now()
		return r.adjustEstimate(d, -w.Seconds, "increaseBy")
	})
	return nil, err
}
