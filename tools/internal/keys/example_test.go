package keys_test

import (
	"fmt"

	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
)

// People give issues as keys or as the addresses that they copied.
func ExampleParseList() {
	fmt.Println(keys.ParseList("pay-1, https://example.atlassian.net/browse/PAY-2"))
	fmt.Println(keys.ParseList("PAY-1, the login bug"))
	// Output:
	// [PAY-1 PAY-2] <nil>
	// [] "the" is not an issue key (such as PAY-123) or an id. Use jira_search to find issues by words
}
