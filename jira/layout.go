package jira

import (
	"github.com/seed-7d826362/jira-mcp/jira/fence"
)

// TimeLayout is how Jira writes a moment, for time.Parse and Format.
const TimeLayout = "2006-01-02T15:04:05.000-0700"

// SprintFieldType is the schema.custom of the field that holds an issue's sprints.
const SprintFieldType = fence.SprintFieldType
