package contracttest

import (
	"encoding/json"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Scopes returns the sorted scopes of an operation: the classic ones, or the
// granular ones if classic is false. Atlassian lists both in the extension
// x-atlassian-oauth2-scopes: the platform's classic set has the state Current,
// the granular one Beta. The agile document has granular scopes alone, under
// security.
func Scopes(op *openapi3.Operation, classic bool) []string {
	data, err := json.Marshal(op.Extensions["x-atlassian-oauth2-scopes"])
	if err != nil {
		return nil
	}
	var sets []struct {
		Scopes []string `json:"scopes"`
		State  string   `json:"state"`
	}
	if json.Unmarshal(data, &sets) != nil {
		return nil
	}
	if len(sets) == 0 && !classic && op.Security != nil {
		for _, requirement := range *op.Security {
			if scopes := requirement["OAuth2"]; len(scopes) > 0 {
				return slices.Sorted(slices.Values(scopes))
			}
		}
	}
	for _, s := range sets {
		if (s.State == "Current") == classic {
			return slices.Sorted(slices.Values(s.Scopes))
		}
	}
	return nil
}
