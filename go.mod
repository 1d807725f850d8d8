module github.com/seed-7d826362/jira-mcp

go 1.26

require github.com/google/go-cmp v0.7.0 // indirect
