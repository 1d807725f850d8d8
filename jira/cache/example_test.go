package cache_test

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/cache"
)

// The second call within five minutes is answered from the cache.
func ExampleTTL_Get() {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	boards := cache.New[string, []string](cache.Options{TTL: 5 * time.Minute, Size: 100, Now: func() time.Time { return now }})
	get := func() {
		list, err := boards.Get(context.Background(), "PAY", func(context.Context) ([]string, error) {
			fmt.Println("request")
			return []string{"PAY board"}, nil
		})
		fmt.Println(list, err)
	}
	get()
	get()
	now = now.Add(5 * time.Minute)
	get()
	// Output:
	// request
	// [PAY board] <nil>
	// [PAY board] <nil>
	// request
	// [PAY board] <nil>
}
