package wire

import (
	"errors"
	"net/http"
)

// maxBulkCreate is the largest number of issues in one request (contract,
// createIssues).
const maxBulkCreate = 50

// createIssues handles POST issue/bulk. It creates the valid issues and reports
// each failure with the element's index in the request, from 0. If no issue is
// created, the status is 400 with the same body.
func createIssues(r *request) (any, error) {
	var in struct {
		Issues []issueUpdate `json:"issueUpdates"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Issues) == 0 || len(in.Issues) > maxBulkCreate {
		return nil, fail(http.StatusBadRequest, "Between 1 and %d issues can be created at once.", maxBulkCreate)
	}
	made, failed := []any{}, []any{}
	for n, one := range in.Issues {
		created, err := r.create(one)
		if err == nil {
			made = append(made, created)
			continue
		}
		var p *problem
		if !errors.As(err, &p) {
			return nil, err
		}
		if p.messages == nil {
			p.messages = []string{}
		}
		if p.fields == nil {
			p.fields = map[string]string{}
		}
		failed = append(failed, object{"status": p.status, "failedElementNumber": n, "elementErrors": object{"errorMessages": p.messages, "errors": p.fields}})
	}
	out := object{"issues": made, "errors": failed}
	if len(made) == 0 {
		return allFailed{out}, nil
	}
	return out, nil
}

// allFailed is an answer with status 400 and the body of a success.
type allFailed struct{ body object }
