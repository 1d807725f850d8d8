package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/auditfile"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// errStdoutIsMCP reports audit lines on stdout where MCP messages are.
var errStdoutIsMCP = errors.New("JIRA_MCP_AUDIT_SINK=stdout requires --transport http or sse: on stdio, standard output carries the MCP messages")

// newAudit opens the audit files and the second sink that the settings name, and
// adds their closing to c.stop. It opens nothing offline.
func (a *app) newAudit(ctx context.Context, c *program, offline bool) (*tools.Audit, error) {
	audit := &tools.Audit{Log: c.log, Arguments: c.config.AuditArgs, Process: fmt.Sprintf("%s-%d", a.now().UTC().Format("20060102T150405"), os.Getpid())}
	if offline {
		return audit, nil
	}
	// Before the files, which may get the number of a descriptor that is not open.
	sink, err := a.openSink(c)
	if err != nil {
		return nil, usageError{err}
	}
	if sink != nil {
		audit.Sink = a.redacting(sink)
	}
	if path := c.config.AuditFile; path != "" {
		days := time.Duration(c.config.AuditKeepDays) * 24 * time.Hour
		for _, file := range []struct {
			path string
			keep auditfile.Keep
			to   *io.Writer
		}{
			{path, auditfile.Keep{Files: auditfile.MaxBackups}, &audit.File},
			{pathOfWrites(path), auditfile.Keep{Age: days}, &audit.Writes},
		} {
			f, err := auditfile.Open(file.path, int64(c.config.AuditSize)<<20, file.keep)
			if err != nil {
				return nil, usageError{fmt.Errorf("JIRA_MCP_AUDIT_FILE: %w", err)}
			}
			c.closeAtEnd("the audit file", f)
			*file.to = a.redacting(f)
		}
	}
	if audit.File != nil || sink != nil {
		stop, ended := c.stop, context.WithoutCancel(ctx)
		c.stop = func() {
			audit.Close(ended)
			stop()
		}
	}
	return audit, nil
}

// pathOfWrites returns the path of the file for the calls that wrote:
// audit.writes.jsonl beside audit.jsonl.
func pathOfWrites(path string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + ".writes" + ext
}

// openSink opens the second place for audit lines; nil for none. Commands other
// than serve print their result on stdout, so that stdout is no sink for them.
func (a *app) openSink(c *program) (io.Writer, error) {
	switch c.config.AuditSink {
	case "":
		return nil, nil
	case "stdout":
		if a.auditOut == nil {
			c.log.Warn("JIRA_MCP_AUDIT_SINK=stdout has no effect on this command, which prints its result there")
			return nil, nil
		}
		return a.auditOut, nil
	}
	sink, err := auditfile.OpenSink(c.config.AuditSink)
	if err != nil {
		return nil, fmt.Errorf("JIRA_MCP_AUDIT_SINK: %w", err)
	}
	c.closeAtEnd("the audit sink", sink)
	return sink, nil
}

// closeAtEnd adds the closing of a file to c.stop.
func (c *program) closeAtEnd(what string, f io.Closer) {
	stop := c.stop
	c.stop = func() {
		stop()
		if err := f.Close(); err != nil {
			c.log.Error("closing "+what, "error", err)
		}
	}
}
