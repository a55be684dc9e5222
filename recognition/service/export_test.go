package service

import (
	"context"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/httpapi"
)

// Lookup is the way of an HTTP lookup, with its cache, for tests.
func Lookup(o *Organisation, ctx context.Context, e164 string) ([]byte, error) {
	key, _ := recognition.E164Key(e164)
	return o.lookup(ctx, httpapi.Lookup{Number: key})
}
