package fence_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
)

// The fence restricts every query to its projects, and refuses one that names a
// project outside.
func ExampleFence_ConfineQuery() {
	f, err := fence.New([]string{"PAY", "OPS"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	names := &fakeNames{fence: f} // in the program, the Guard answers questions about names
	fmt.Println(f.ConfineQuery(context.Background(), "status = Open OR labels = urgent", names))

	_, err = f.ConfineQuery(context.Background(), "project = SECRET", names)
	var outside *fence.Error
	fmt.Println(errors.As(err, &outside), err)
	// Output:
	// project IN ("PAY", "OPS") AND (status = Open OR labels = urgent) <nil>
	// true this server is confined to the projects PAY, OPS; "SECRET" is not in them, or does not exist
}
