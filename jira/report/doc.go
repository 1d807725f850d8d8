// Package report computes the numbers of Jira reports: sprint, burndown,
// velocity, flow, workload, release and stand-up. It is pure arithmetic: the
// caller passes issues with their histories and gets numbers back. The package
// sends no requests and knows no clock.
//
// Start with issue.go, which holds the input: an [Issue] has its current fields
// and its [Change] history. Every report is a function or a type over issues:
//
//   - [NewSprintReport] computes a [SprintReport] (sprint.go). Its burndown is
//     in burndown.go, its breakdowns are in groups.go.
//   - [NewVelocity] summarises several sprint reports (velocity.go).
//   - [Flow] collects lead time, cycle time, weekly throughput and a cumulative
//     flow (flow.go), and [NewForecast] simulates the future from that
//     throughput (forecast.go).
//   - [NewWorkload], [NewReleaseReport] and [Standup] report open work by
//     person, the progress of a version, and recent activity.
//
// All of them measure working time with a [Calendar] (calendar.go). For
// example:
//
//	r := report.NewSprintReport(report.SprintInput{
//		Sprint:   sprint,
//		Issues:   issues,
//		IsDone:   func(status string) bool { return status == "10002" },
//		Calendar: report.WorkWeek(zone),
//		Now:      now,
//	})
//	r.Completed // {Issues: 7, Points: 21}
//
// # How histories are read
//
// The creation of an issue writes no entry to its history, so histories are
// read backwards from the present: before the first change of a field, its
// value was that change's "from" value; a field that never changed has always
// had its current value.
//
// # Rules of a sprint
//
// The rules are those of Jira's sprint report and burndown chart, as far as
// those are documented (Atlassian support, "View and understand the sprint
// report", "burndown chart"; JSWSERVER-4768):
//
//   - Start: the sprint's startDate. Jira's own report uses the moment at which
//     somebody started the sprint, which no public API exposes. An issue that
//     entered between the two moments counts as added here and as committed in
//     Jira, or the other way round. Reports say so.
//   - End: completeDate, or now while the sprint is active.
//   - Done: decided by the caller. On a board, the done statuses are those of
//     the last column that has any; without the board's configuration, they are
//     those of the status category Done.
//   - Committed: in the sprint at the start and not done, with the estimate at
//     the start.
//   - Added: entered after the start, with the estimate at that moment. An
//     issue that is done when it enters counts as completed outside.
//   - Removed: in the sprint at the start or later, but not at the end, with
//     the estimate when it left. An issue that was added and then removed
//     counts as both.
//   - Removed and added again: neither, if the issue was committed, because the
//     sprint has it at both ends. Both steps are among the scope changes, the
//     second one as added back.
//   - Moved to another sprint: removed from this one. An issue that moves when
//     the sprint is completed stays in it (Jira keeps closed sprints on the
//     issue) and is carried over.
//   - Re-estimated: the difference between the estimates of an issue when it
//     entered and when it left, or at the end if it did not leave.
//   - Completed: in the sprint and done at the end, with the estimate at the
//     end. An issue that was re-opened and not done again is not completed.
//   - Cancelled: not done, but in a status of the category Done that the board
//     does not count as done. It is a part of what is not done, and nothing that is
//     left to do: the needed pace leaves it out.
//   - Carried in: was in an earlier sprint that was closed, and was not done. It is
//     a part of what is committed or added.
//   - Completed outside: done before the sprint started, or before the issue
//     entered it. If the issue is re-opened during the sprint, it is added at
//     that moment.
//   - Sub-tasks belong to their parents: they are counted separately, and their
//     estimates are not summed. Epics are in no sprint.
//
// By count: committed + added − removed = completed + not done. By estimate the
// same holds with the re-estimated difference on the left side. A test checks
// both equations for random histories.
//
// # Rules of flow
//
//   - Lead time runs from creation to done. Cycle time runs from the first
//     status outside the category To Do to done; an issue that went straight to
//     done has none. An issue is done at the last moment at which it became
//     done and stayed done.
//   - Percentiles use the nearest rank: 85 of 100 values do not exceed the 85th
//     percentile.
//   - A forecast draws past weeks at random, with replacement, until it has
//     drawn as many completed issues as are open. A date is 85 % likely if 85
//     of 100 such simulations finish by then. This assumes that the future
//     resembles those weeks, that no issue is added, and that sizes average
//     out.
package report
