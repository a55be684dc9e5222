package sipline

import (
	"errors"
	"strings"
	"testing"

	"example.org/ctiagent/telephony"
)

// A platform that answers a wrong password with 403 must not send the user
// after a permission.
func TestRefusedInBothViewsIsThePassword(t *testing.T) {
	forbidden := viewState{stage: stageRefused, sip: 403, code: "subscription.rejected", words: "the platform does not let this line subscribe"}
	for _, tt := range []struct {
		name  string
		views []viewState
		code  string
		says  string
	}{
		{"both views", []viewState{forbidden, forbidden}, "auth.refused", "password"},
		{"one view alone", []viewState{forbidden}, "subscription.rejected", "subscribe"},
		{"unknown line", []viewState{forbidden, {sip: 404, code: "line.unknown", words: "the platform does not know this line"}}, "line.unknown", "does not know"},
	} {
		err := allRefused(tt.views)
		var coded interface{ Code() string }
		if !errors.As(err, &coded) || coded.Code() != tt.code || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if err := allRefused([]viewState{forbidden, forbidden}); !errors.Is(err, telephony.ErrRefused) {
		t.Errorf("a refused line is not tried again and again: %v", err)
	}
}
