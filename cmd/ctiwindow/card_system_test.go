//go:build system

package main

import (
	"testing"
	"time"

	"example.org/ctiagent/agent/view"
)

func known(id string) view.Card {
	return view.Card{
		ID: id, Phase: view.PhaseRinging, Recognition: view.Known, CanOpen: true, CanAdd: true,
		Number:  view.Number{Text: "+44 20 7946 0123", E164: "+442079460123", Kind: "mobile", Country: "GB"},
		Local:   "Sales · +44 20 7946 0100",
		Started: time.Now().Add(-4 * time.Second),
		People: []view.Person{{
			Source: "CRM", Name: "Ada Example", Matched: "Mobile", MatchKind: "exact", CanOpen: true,
			Fields: []view.Field{
				{Label: "Company", Value: "Example Instruments Ltd"}, {Label: "Customer no.", Value: "10432"},
				{Label: "Account manager", Value: "J. Sample"}, {Label: "Open tickets", Value: "2, newest: “Delivery date”"},
			},
		}},
	}
}

func TestCardAppears(t *testing.T) {
	d := newDesk(t)
	d.publish(func(s *view.Snapshot) { s.Cards = []view.Card{known("c1")} })
	start := d.run()
	t.Log("cold:", d.drawn("c1").Sub(start))
	t.Log(d.stderr.String())
	start = d.publish(func(s *view.Snapshot) { s.Cards = []view.Card{known("c2")} })
	t.Log("warm:", d.drawn("c2").Sub(start))
}
