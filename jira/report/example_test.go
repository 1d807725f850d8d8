package report_test

import (
	"fmt"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
)

// Twelve issues are open; four to six were done in each of the past weeks.
func ExampleNewForecast() {
	monday := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	f := report.NewForecast(12, []int{4, 6, 5, 4, 6}, monday, 1)
	fmt.Println("50 %:", f.P50)
	fmt.Println("85 %:", f.P85)
	// Output:
	// 50 %: 2026-01-22
	// 85 %: 2026-01-24
}
