package config

import (
	"fmt"
	"testing"
)

func TestWeekdays(t *testing.T) {
	for raw, want := range map[string]string{"mon-fri": "1,2,3,4,5", "Sunday - Thursday": "", "sun-thu": "0,1,2,3,4", "fri-mon": "0,1,5,6", "mon, Wed": "1,3", "sat": "6", "su": "0", "m": "", "mon-": "", "-fri": "", "t": "", "th,tu": "2,4", "mon-funday": ""} {
		if got, err := parseWeekdays(raw); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", raw, got, err)
		}
	}
}

func TestCalendars(t *testing.T) {
	if (Config{}).Calendar() != nil {
		t.Error("nothing set is a calendar")
	}
	c := Config{WorkingDays: "0,4", Holidays: "2026-12-25"}.Calendar()
	if got := fmt.Sprint(c.Weekdays, c.Holidays); got != "[true false false false true false false] map[2026-12-25:true]" {
		t.Error(got)
	}
	if c := (Config{Holidays: "2026-12-25"}).Calendar(); !c.Weekdays[1] || c.Weekdays[0] {
		t.Errorf("%v", c.Weekdays)
	}
}
