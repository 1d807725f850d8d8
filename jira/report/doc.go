// Package report makes numbers about work: how a sprint stands, how fast a team
// is, how work flows. It is pure: issues with their histories go in, numbers come
// out, and nothing is asked of Jira.
//
// # What Jira knows
//
// An issue's history is read backwards from the present, since its creation
// writes no entry: what a field was before its first change is that change's
// "from", and what it is now where it never changed.
//
// # Rules of a sprint
//
// They are those of Jira's sprint report and burndown chart, as far as those are
// described (Atlassian support, "View and understand the sprint report", "burndown
// chart"; JSWSERVER-4768):
//
//   - The start is the sprint's startDate. Jira's own report takes the moment that
//     somebody pressed start, which no public API tells; an issue that came in
//     between the two is counted as added, and Jira counts it as committed, or the
//     other way round. Reports say so.
//   - The end is completeDate, and now for a sprint that is active.
//   - Done is what the caller says: on a board, the statuses of the last column
//     that has any; without the board's set-up, the category of the status.
//   - Committed: in the sprint at the start and not done, with its estimate then.
//   - Added: came in after the start, with its estimate then. What comes in done is
//     completed outside.
//   - Removed: came or was in, and is not in at the end, with its estimate when it
//     left. Added and removed again counts as both.
//   - Removed and added again is neither, if it was committed: the sprint has it at
//     both ends. Both steps are among the changes of scope, the second as added back.
//   - Moved to another sprint is removed from this one. What is moved when the
//     sprint is completed stays in it (Jira keeps closed sprints on the issue), and
//     is carried over.
//   - Re-estimated: the difference between an issue's estimate when it came in and
//     when it left, or at the end.
//   - Completed: in the sprint and done at the end, with its estimate at the end.
//     Re-opened and not done again is not completed.
//   - Completed outside: done before the sprint started, or before it came in. If it
//     is re-opened inside, it is added at that moment.
//   - Sub-tasks belong to their parents: they are counted apart, and their estimates
//     are not summed. Epics are in no sprint.
//
// By count: committed + added − removed = completed + not done. By estimate the same
// with what was re-estimated. A test holds that for every history.
//
// # Rules of flow
//
//   - Lead time is from creation to done. Cycle time is from the first status that
//     is not of the category To Do to done; an issue that went straight to done has
//     none. Done is the last time that it became done and stayed so.
//   - Percentiles are of the nearest rank: at the 85th, 85 of 100 took no longer.
//   - A forecast draws weeks from the past at random, with replacement, until as
//     many issues are done as are open: 85 % likely by the day that 85 of 100 such
//     futures reach. It assumes that the future is like those weeks, that no issue
//     is added, and that sizes average out.
package report
