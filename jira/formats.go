package jira

import (
	"github.com/seed-7d826362/jira-mcp/jira/fence"
)

// TimeLayout is the layout in which Jira writes times, for time.Parse and
// Format. For example "2026-03-10T09:00:00.000+0100".
const TimeLayout = "2006-01-02T15:04:05.000-0700"

// SprintFieldType is the schema.custom value of the field that holds an issue's
// sprints.
const SprintFieldType = fence.SprintFieldType
