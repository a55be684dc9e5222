package sipline

import (
	"context"
	"log/slog"
	"testing"

	"example.org/ctiagent/telephony"
	"example.org/ctiagent/telephony/simulator"
	"example.org/ctiagent/telephony/telephonytest"
)

// TestConnector runs the conformance suite against a platform of each dialect,
// looked at in both ways and in each alone.
func TestConnector(t *testing.T) {
	for _, tt := range []struct {
		name               string
		style              simulator.Style
		noDialog, noSecond bool
		missing            []string
	}{
		{name: "kamailio", style: simulator.Kamailio, missing: []string{telephonytest.FeatureHold, telephonytest.FeatureTransfer}},
		{name: "asterisk", style: simulator.Asterisk, missing: []string{
			telephonytest.FeatureOutgoing, telephonytest.FeatureHold, telephonytest.FeatureTransfer, telephonytest.FeatureTwoCalls}},
		{name: "freeswitch", style: simulator.FreeSWITCH},
		{name: "broadworks", style: simulator.BroadWorks},
		{name: "dialog events alone", style: simulator.BroadWorks, noSecond: true, missing: []string{
			telephonytest.FeatureElsewhere, telephonytest.FeatureRedirect}},
		{name: "second contact alone", style: simulator.Kamailio, noDialog: true, missing: []string{
			telephonytest.FeatureOutgoing, telephonytest.FeatureAfterAnswer, telephonytest.FeatureHold, telephonytest.FeatureTransfer}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			telephonytest.TestConnector(t, telephonytest.Harness{
				Own: "100", Missing: tt.missing,
				New: func(t2 telephonytest.T, log *slog.Logger) (telephony.Connector, telephonytest.World) {
					p, err := simulator.Start(context.Background(), simulator.Options{
						Users: []simulator.User{{Name: "100", Password: "pw100"}}, Style: tt.style, Algorithms: []string{"SHA-256", "MD5"},
					})
					if err != nil {
						t2.Fatalf("the platform: %v", err)
					}
					ca, err := p.CAFile(t.TempDir())
					if err != nil {
						t2.Fatalf("its authority: %v", err)
					}
					cfg := testConfig("100", "pw100", p.Domain(), p.Addr(), ca)
					cfg.NoDialog, cfg.NoSecondContact = tt.noDialog, tt.noSecond
					c, err := New(cfg, log)
					if err != nil {
						t2.Fatalf("the connector: %v", err)
					}
					return c, p.World("100", simulator.Expect{Subscription: !tt.noDialog, Contact: !tt.noSecond})
				},
			})
		})
	}
}
