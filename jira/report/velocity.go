package report

import "math"

// Velocity is what sprints committed to and completed.
type Velocity struct {
	Sprints       []SprintResult
	Mean          float64 // completed
	Deviation     float64 // standard deviation of that
	Lowest        float64
	Highest       float64
	Kept          *float64 // completed, in per cent of committed; none where nothing was committed
	CompletedEach float64  // issues
}

// SprintResult is a sprint's part in it.
type SprintResult struct {
	Name      string
	Committed Amount
	Completed Amount
	Added     Amount
	Removed   Amount
}

// Speed takes closed sprints together, oldest first, by estimate or by count.
func Speed(sprints []*Standing, byPoints bool) Velocity {
	var v Velocity
	committed, sum, square, issues := 0.0, 0.0, 0.0, 0
	for n, s := range sprints {
		done := pick(byPoints, s.Completed)
		v.Sprints = append(v.Sprints, SprintResult{s.Sprint.Name, s.Committed, s.Completed, s.Added, s.Removed})
		committed, sum, square, issues = committed+pick(byPoints, s.Committed), sum+done, square+done*done, issues+s.Completed.Issues
		if n == 0 || done < v.Lowest {
			v.Lowest = done
		}
		v.Highest = max(v.Highest, done)
	}
	count := float64(len(sprints))
	if count == 0 {
		return v
	}
	v.Mean, v.CompletedEach = sum/count, float64(issues)/count
	if count > 1 { // of a sample
		v.Deviation = math.Sqrt(max(0, (square-count*v.Mean*v.Mean)/(count-1)))
	}
	if committed > 0 {
		kept := 100 * sum / committed
		v.Kept = &kept
	}
	return v
}
