package report

import (
	"math"
)

// Velocity summarises what several sprints committed to and completed. Its
// numbers are in points or in issues.
type Velocity struct {
	Sprints          []SprintResult
	Mean             float64  // completed work per sprint
	Deviation        float64  // sample standard deviation of the completed work
	Lowest           float64  // least completed work of a sprint
	Highest          float64  // most completed work of a sprint
	CompletedPercent *float64 // completed in per cent of committed work, over all sprints; nil if nothing was committed
	MeanIssues       float64  // completed issues per sprint
}

// SprintResult holds the sums of one sprint.
type SprintResult struct {
	Name      string
	Committed Amount
	Completed Amount
	Added     Amount
	Removed   Amount
}

// NewVelocity summarises the reports of closed sprints, oldest first, by
// estimate or by count. The standard deviation is that of a sample (divided by
// n−1), and 0 for fewer than two sprints.
func NewVelocity(sprints []*SprintReport, byPoints bool) Velocity {
	var v Velocity
	committed, sum, square, issues := 0.0, 0.0, 0.0, 0
	for n, s := range sprints {
		done := amountValue(byPoints, s.Completed)
		v.Sprints = append(v.Sprints, SprintResult{s.Sprint.Name, s.Committed, s.Completed, s.Added, s.Removed})
		committed, sum, square, issues = committed+amountValue(byPoints, s.Committed), sum+done, square+done*done, issues+s.Completed.Issues
		if n == 0 || done < v.Lowest {
			v.Lowest = done
		}
		v.Highest = max(v.Highest, done)
	}
	count := float64(len(sprints))
	if count == 0 {
		return v
	}
	v.Mean, v.MeanIssues = sum/count, float64(issues)/count
	if count > 1 { // standard deviation of a sample
		v.Deviation = math.Sqrt(max(0, (square-count*v.Mean*v.Mean)/(count-1)))
	}
	if committed > 0 {
		kept := 100 * sum / committed
		v.CompletedPercent = &kept
	}
	return v
}
