package window

import (
	"context"
	"errors"

	"example.org/ctiagent/agent/localapi"
)

// problem is what to say about a request that failed. The agent's own words
// are for people already.
func (w words) problem(err error) string {
	var said *localapi.Error
	switch {
	case errors.As(err, &said):
		return said.Text
	case errors.Is(err, context.DeadlineExceeded):
		return w.t("error.timeout")
	default:
		return w.t("error.agentGone")
	}
}
