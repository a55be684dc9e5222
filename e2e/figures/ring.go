package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/telephony"
	"example.org/ctiagent/telephony/simulator"
)

const (
	callLimit = 20 * time.Second
	// spacing lets the next spare sandbox be ready: the promise is about
	// calls as people get them, not about a storm.
	spacing = 150 * time.Millisecond
)

// ringFigures measures, for every call, from the moment the platform's
// message could be read to the notification with the number, to the one with
// the name, and to the URL handed to the opener. The limit beside each is a
// bare request to the same service over a connection of the same kind, for
// the last one with a run in a warm sandbox on top, measured between the calls.
func ringFigures(ctx context.Context, t desktoptest.TB, o options) error {
	s, err := set(ctx, t, o.bin, map[string]string{
		"pop.per_minute": fmt.Sprint(100 * o.calls), // the flood guard is measured elsewhere
		"card.enabled":   "false",                   // the window process has figures of its own
	})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.everybody(ctx); err != nil {
		return err
	}
	limits, err := newLimits(s, o.bin)
	if err != nil {
		return err
	}
	defer limits.close()

	var number, name, opened, https, popped []time.Duration
	for i := range o.calls {
		card, err := s.oneCall(ctx, fictional(i))
		if err != nil {
			return err
		}
		number = append(number, card.Times.Notified.Sub(card.Times.Received))
		name = append(name, card.Times.Named.Sub(card.Times.Received))
		opened = append(opened, card.Times.Opened.Sub(card.Times.Received))
		time.Sleep(spacing)
		bare, err := limits.request(ctx)
		if err != nil {
			return err
		}
		sandbox, err := limits.sandbox(ctx)
		if err != nil {
			return err
		}
		https = append(https, bare)
		popped = append(popped, bare+sandbox)
		time.Sleep(spacing)
	}
	fmt.Printf("  %d calls                     p50        p99      limit p50  limit p99   ratio p50 (aim)   ratio p99 (aim)\n", o.calls)
	show("number notified", number, https, 1)
	show("name notified", name, https, 2)
	show("URL to the opener", opened, popped, 1.5)
	return nil
}

func show(what string, got, limit []time.Duration, aim float64) {
	fmt.Printf("  %-24s %10s %10s %10s %10s   %6.2f (≤ %.1f)      %6.2f (≤ 5)\n", what,
		round(percentile(got, 50)), round(percentile(got, 99)),
		round(percentile(limit, 50)), round(percentile(limit, 99)),
		ratio(percentile(got, 50), percentile(limit, 50)), aim,
		ratio(percentile(got, 99), percentile(limit, 99)))
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func percentile(d []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

// fictional is the i-th of the thousand London numbers reserved for fiction.
func fictional(i int) string { return fmt.Sprintf("+442079460%03d", i%1000) }

// everybody makes each of them known, so that every call is a caller whose
// name the agent has to ask for.
func (s *scene) everybody(ctx context.Context) error {
	records := make([]recognition.Record, 0, 1000)
	for i := range 1000 {
		id := fmt.Sprint(20_000 + i)
		records = append(records, recognition.Record{
			ID: id, Name: "Caller " + id,
			Fields:  []recognition.Field{{Label: "Company", Value: "Example Ltd"}},
			Params:  map[string]string{"recordId": id},
			Numbers: []recognition.RecordNumber{{E164: fictional(i), Field: "Office"}},
		})
	}
	return errors.Join(s.Org.Directory().Drop(ctx, stage.Source), s.Org.Directory().Put(ctx, "figures", records))
}

// oneCall rings a known caller and waits until its record was opened.
func (s *scene) oneCall(ctx context.Context, number string) (view.Card, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	before := lastCard(s.Agent.Latest())
	c := s.platform.Ring(line, simulator.Caller{Number: number, Called: stage.Own})
	snap, err := s.Agent.Await(ctx, func(v view.Snapshot) bool {
		card := newest(v)
		return card != nil && card.ID != before && !card.Times.Opened.IsZero() && !card.Times.Named.IsZero()
	})
	if err != nil {
		return view.Card{}, err
	}
	c.Answer()
	c.Hangup()
	return *newest(snap), nil
}

func newest(s view.Snapshot) *view.Card {
	if len(s.Cards) == 0 {
		return nil
	}
	return &s.Cards[len(s.Cards)-1]
}

func lastCard(s view.Snapshot) string {
	if c := newest(s); c != nil {
		return c.ID
	}
	return ""
}

// limits are what cannot be beaten: a request to the service, a sandbox call.
type limits struct {
	client *http.Client
	url    string
	host   *script.Host
	body   []byte
	call   []byte
	params []byte
}

func newLimits(s *scene, bin string) (*limits, error) {
	l := &limits{url: s.Address + "/v1/health"}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate)
	l.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
	}}
	exe, err := filepath.Abs(filepath.Join(bin, "ctiagent"))
	if err != nil {
		return nil, err
	}
	l.host = script.NewHost(script.HostConfig{Command: []string{exe, "script-host"}})
	for _, shipped := range screenpop.Shipped() {
		if shipped.Manifest.ID == "demo-crm" {
			l.body = shipped.Body
		}
	}
	answer := recognition.Answer{Matches: []recognition.Match{{Source: stage.Source, RecordID: "10432", Name: "Ada Example"}}}
	call := screenpop.CallFor(script.EventRinging, telephony.Call{
		ID: "limit", Direction: telephony.Incoming,
		Remote: telephony.Party{Number: phone.FromNetwork(stage.Known, phone.DialPlan{Country: "GB"})},
	}, answer)
	l.call, l.params, err = call.Encode(map[string]string{"base": s.CRM.Base})
	return l, err
}

func (l *limits) close() {
	l.client.CloseIdleConnections()
	l.host.Close()
}

func (l *limits) request(ctx context.Context) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url, nil)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	r, err := l.client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, r.Body)
	return time.Since(began), errors.Join(err, r.Body.Close())
}

func (l *limits) sandbox(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	_, err := l.host.Run(ctx, l.body, l.call, l.params)
	return time.Since(began), err
}
