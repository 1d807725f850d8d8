package invisible_test

import (
	"fmt"

	"github.com/seed-7d826362/jira-mcp/jira/invisible"
)

// Tag characters show nothing on a screen, but a language model reads them.
func ExampleClean() {
	text := "Restart db-1" + "\U000E0064\U000E0065\U000E006C" // "del" in tag characters
	fmt.Println(invisible.Contains(text), invisible.Clean(text))
	// Output:
	// true Restart db-1
}
