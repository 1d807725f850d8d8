// Package reload reads files again when they change or when somebody asks for it
// (SIGHUP): bearer tokens, a certificate with its key, a policy.
//
// A file that cannot be used changes nothing: what was read before stays in use, and the
// log says so, once.
package reload

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"
)

const (
	// Every is the interval at which the files are checked.
	Every = time.Second
	// MaxSize is the size of the largest file that is read.
	MaxSize = 1 << 20
)

// Files are files that are read again. The zero Files are none, without a log.
type Files struct {
	Log *slog.Logger // discards if nil

	mu     sync.Mutex
	groups []*group
}

// group are files that are used together.
type group struct {
	what   string
	paths  []string
	use    func(texts [][]byte) error
	used   [sha256.Size]byte // the hash of the texts that were used last, or could not be
	seen   [sha256.Size]byte // of the texts that were read last
	failed string            // the error of the last reading
	isGone bool              // the files could not be read
}

// Add reads files for the first time and uses them. what names them in the log; use
// gets their texts, in order, now and whenever they change. The error is that of
// reading or of use; the files are then not read again.
func (f *Files) Add(what string, paths []string, use func(texts [][]byte) error) error {
	g := &group{what: what, paths: paths, use: use}
	texts, sum, err := g.read()
	if err != nil {
		return err
	}
	g.used, g.seen = sum, sum
	if err := use(texts); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.groups = append(f.groups, g)
	return nil
}

// read returns the texts of the files and a hash of them.
func (g *group) read() (texts [][]byte, sum [sha256.Size]byte, _ error) {
	h := sha256.New()
	for _, path := range g.paths {
		text, err := readFile(path)
		if err != nil {
			return nil, sum, err
		}
		own := sha256.Sum256(text)
		h.Write(own[:])
		texts = append(texts, text)
	}
	return texts, [sha256.Size]byte(h.Sum(nil)), nil
}

// errTooLarge reports a file that is larger than MaxSize.
var errTooLarge = errors.New("the file is larger than 1 MiB")

// readFile reads a regular file of at most MaxSize. Reading a pipe could block for ever.
func readFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err == nil && len(text) > MaxSize {
		return nil, fmt.Errorf("%s: %w", path, errTooLarge)
	}
	return text, err
}

// Poll uses the files that have changed. It uses a changed text only after it has read
// the same text twice in a row: the file may be half written, or the key may not yet
// match the certificate.
func (f *Files) Poll() {
	f.each(func(g *group, sum [sha256.Size]byte) bool { return sum == g.seen && sum != g.used })
}

// Reload uses all files, changed or not, and logs errors even if they were logged before.
func (f *Files) Reload() {
	f.mu.Lock()
	for _, g := range f.groups {
		g.failed = ""
	}
	f.mu.Unlock()
	f.each(func(*group, [sha256.Size]byte) bool { return true })
}

// each reads all files and uses those that isDue chooses.
func (f *Files) each(isDue func(g *group, sum [sha256.Size]byte) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, g := range f.groups {
		texts, sum, err := g.read()
		if err != nil {
			f.report(g, err)
			g.isGone = true
			continue
		}
		if g.isGone { // it is there again; report the next time that it is not
			g.isGone, g.failed = false, ""
		}
		due := isDue(g, sum)
		g.seen = sum
		if !due {
			continue
		}
		g.used = sum
		f.report(g, g.use(texts))
	}
}

// report logs the result of reading files; an error once, until something else happens.
// The lock is held.
func (f *Files) report(g *group, err error) {
	log := f.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err == nil {
		g.failed = ""
		log.Info(g.what+" was read again", "files", g.paths)
		return
	}
	if g.failed != err.Error() {
		g.failed = err.Error()
		log.Error(g.what+" cannot be used; the earlier one stays", "error", err)
	}
}

// SetLog sets the log, which is often known later than the files.
func (f *Files) SetLog(log *slog.Logger) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Log = log
}

// Watch polls until ctx ends.
func (f *Files) Watch(ctx context.Context) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f.Poll()
		case <-ctx.Done():
			return
		}
	}
}
