package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// hangups decides what SIGHUP does: a terminal or an editor sends it when it closes, and
// operators send it to servers that shall read their files again. It ends the process,
// as SIGTERM does, unless a command handles it. The zero hangups is ready.
type hangups struct {
	mu     sync.Mutex
	reload func()
}

// handle lets a function handle SIGHUP until the returned function is called.
func (h *hangups) handle(reload func()) (end func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reload = reload
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.reload = nil
	}
}

// arrived handles a SIGHUP. It reports false if no command does.
func (h *hangups) arrived() bool {
	h.mu.Lock()
	reload := h.reload
	h.mu.Unlock()
	if reload == nil {
		return false
	}
	reload()
	return true
}

// listen waits for SIGHUP until stop is called, and calls end when one arrives that no
// command handles. It does nothing if the process was started to ignore SIGHUP (nohup).
func (h *hangups) listen(end context.CancelFunc) (stop func()) {
	if signal.Ignored(syscall.SIGHUP) {
		return func() {}
	}
	arrived, stopped := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(arrived, syscall.SIGHUP)
	go func() {
		defer signal.Stop(arrived) // a second one ends the process at once
		for {
			select {
			case <-arrived:
				if !h.arrived() {
					end()
					return
				}
			case <-stopped:
				return
			}
		}
	}()
	return sync.OnceFunc(func() { close(stopped) })
}
