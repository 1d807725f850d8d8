package jira

import (
	"context"
	"errors"
	"sync"
)

// InParallel runs functions concurrently. The first failure cancels the others and
// is returned. A cancellation gives way to a failure that comes later, since it can
// be the effect of one. The client limits the number of concurrent requests, so
// that this function does not.
func InParallel(ctx context.Context, ask ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	var lock sync.Mutex
	var first error
	for _, one := range ask {
		all.Go(func() {
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
		})
	}
	all.Wait()
	return first
}
