package jira

import (
	"context"
	"errors"
	"sync"
)

// Together runs functions concurrently and waits for all of them. A panic of one
// continues in the caller, which may recover it; in a goroutine of its own it
// would end the program. The last one runs in the goroutine of the caller, which
// saves time if the others are fast.
func Together(run ...func()) {
	var all sync.WaitGroup
	var once sync.Once
	var panicked any
	guarded := func(one func()) {
		defer func() {
			if p := recover(); p != nil {
				once.Do(func() { panicked = p })
			}
		}()
		one()
	}
	for n, one := range run {
		if n == len(run)-1 {
			guarded(one)
		} else {
			all.Go(func() { guarded(one) })
		}
	}
	all.Wait()
	if panicked != nil {
		panic(panicked)
	}
}

// InParallel runs functions concurrently. The first failure cancels the others and
// is returned. A cancellation gives way to a failure that comes later, since it can
// be the effect of one. The client limits the number of concurrent requests, so
// that this function does not.
func InParallel(ctx context.Context, ask ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var lock sync.Mutex
	var first error
	run := make([]func(), len(ask))
	for n, one := range ask {
		run[n] = func() {
			err := one(ctx)
			lock.Lock()
			defer lock.Unlock()
			if err == nil {
				return
			}
			// A shared lookup can end with the cancellation of another caller.
			if first == nil || errors.Is(first, context.Canceled) && !errors.Is(err, context.Canceled) {
				first = err
			}
			cancel() // the other results are not needed any more
		}
	}
	Together(run...)
	return first
}

// AskAhead calls functions concurrently whose answers are cached, before they are
// needed: whoever needs one later joins its request, or finds its answer. Their
// errors are ignored, since the later question returns them. stop ends the
// functions that still run and waits for them; the caller has to call it.
func AskAhead(ctx context.Context, ask ...func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	run := make([]func(), len(ask))
	for n, one := range ask {
		run[n] = func() { _ = one(ctx) }
	}
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		Together(run...)
	}()
	return func() {
		cancel()
		if p := <-done; p != nil {
			panic(p)
		}
	}
}
