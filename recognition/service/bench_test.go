package service_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/httpapi"
	"example.org/ctiagent/recognition/service"
)

// BenchmarkLookup compares lookups over TLS with a trivial handler of the same
// server, in turns within one run: on a shared machine only the ratio of
// neighbours means anything. Each iteration is one turn of each.
//
//	go test -run '^$' -bench Lookup -benchtime 20x ./recognition/service
func BenchmarkLookup(b *testing.B) {
	const contacts = 100_000
	cert, fingerprint, err := service.SelfSigned("127.0.0.1")
	if err != nil {
		b.Fatal(err)
	}
	tlsConfig := &tls.Config{Certificates: []tls.Certificate{cert}}
	for _, cached := range []bool{true, false} {
		bytes := 64 << 20
		if !cached {
			bytes = 1
		}
		bench := startBench(b, tlsConfig, fingerprint, bytes, contacts)
		for _, connections := range []int{1, 16} {
			for _, known := range []bool{true, false} {
				name := fmt.Sprintf("cached=%v/known=%v/connections=%d", cached, known, connections)
				b.Run(name, func(b *testing.B) { bench.compare(b, connections, known) })
			}
		}
	}
}

type bench struct {
	service, trivial string // addresses
	token            string
}

// trivialAnswer is as long as the answer to a known number.
var trivialAnswer = []byte(`{"pad":"` + strings.Repeat("x", 240) + `"}`)

func startBench(b *testing.B, tlsConfig *tls.Config, fingerprint string, cacheBytes, contacts int) *bench {
	b.Helper()
	log := slog.New(slog.DiscardHandler)
	s, err := service.New(service.Config{Dir: b.TempDir(), TLS: tlsConfig, CacheBytes: cacheBytes, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() }) //nolint:errcheck // the benchmark is over
	org, err := s.AddOrganisation(b.Context(), account.Organisation{ID: "acme"})
	if err != nil {
		b.Fatal(err)
	}
	if err := org.AddUser(b.Context(), agentName, credstore.NewSecret(goodPass), account.Agent); err != nil {
		b.Fatal(err)
	}
	for i := 0; i < contacts; i += 1000 {
		var chunk []recognition.Record
		for j := i; j < i+1000; j++ {
			chunk = append(chunk, recognition.Record{ID: fmt.Sprint(j), Name: fmt.Sprintf("Person %d", j),
				Fields:  []recognition.Field{{Label: "Company", Value: "Acme Limited"}, {Label: "City", Value: "London"}},
				Params:  map[string]string{"recordId": fmt.Sprint(j)},
				Numbers: []recognition.RecordNumber{{E164: fmt.Sprintf("+4420794%05d", j), Field: "Mobile"}}})
		}
		if err := org.Directory().Put(b.Context(), "CRM", chunk); err != nil {
			b.Fatal(err)
		}
	}
	out := &bench{}
	out.service = serveHandler(b, tlsConfig, s.Handler())
	out.trivial = serveHandler(b, tlsConfig, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(trivialAnswer) //nolint:errcheck // the client is gone
	}))
	c, err := httpapi.NewClient(httpapi.ClientConfig{Address: out.service, Fingerprint: fingerprint}, log)
	if err != nil {
		b.Fatal(err)
	}
	token, err := c.SignIn(b.Context(), agentName, credstore.NewSecret(goodPass), "bench")
	if err != nil {
		b.Fatal(err)
	}
	out.token = token.Reveal()
	return out
}

func serveHandler(b *testing.B, config *tls.Config, h http.Handler) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := httpapi.HTTPServer(h, slog.New(slog.DiscardHandler))
	server.TLSConfig = config.Clone()
	ended := make(chan struct{})
	go func() { defer close(ended); server.ServeTLS(listener, "", "") }() //nolint:errcheck // Close ends it
	b.Cleanup(func() { server.Close(); <-ended })                         //nolint:errcheck // the benchmark is over
	return listener.Addr().String()
}

const requestsPerTurn = 2000

func (x *bench) compare(b *testing.B, connections int, known bool) {
	lookups, trivials := dial(b, x.service, connections), dial(b, x.trivial, connections)
	numbers := 1000 // warm after the first turn
	base := "+4420794%05d"
	if !known {
		base = "+4420894%05d"
	}
	request := func(i int) string {
		body := fmt.Sprintf(`{"number":"`+base+`"}`, i%numbers)
		return fmt.Sprintf("POST /v1/lookup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", x.token, len(body), body)
	}
	turn(b, lookups, request) // warms
	turn(b, trivials, request)
	b.ResetTimer()
	var ratios []float64
	var ours, theirs []time.Duration
	for i := range b.N {
		var t, l []time.Duration
		var tTook, lTook time.Duration
		measure := func() { lTook, l = turn(b, lookups, request) }
		if i%2 == 0 { // who goes first takes turns too
			measure()
		}
		tTook, t = turn(b, trivials, request)
		if i%2 == 1 {
			measure()
		}
		ratios = append(ratios, tTook.Seconds()/lTook.Seconds())
		ours, theirs = append(ours, l...), append(theirs, t...)
	}
	slices.Sort(ratios)
	slices.Sort(ours)
	slices.Sort(theirs)
	b.ReportMetric(ratios[len(ratios)/2], "of-trivial-throughput")
	b.ReportMetric(micro(ours, 50), "µs-p50")
	b.ReportMetric(micro(ours, 99), "µs-p99")
	b.ReportMetric(micro(theirs, 50), "µs-trivial-p50")
	b.ReportMetric(0, "ns/op")
}

func micro(sorted []time.Duration, percentile int) float64 {
	return float64(sorted[len(sorted)*percentile/100].Microseconds())
}

type wire struct {
	conn *tls.Conn
	in   *bufio.Reader
}

func dial(b *testing.B, address string, n int) []wire {
	b.Helper()
	var out []wire
	for range n {
		c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // our own server
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Close() }) //nolint:errcheck // the benchmark is over
		out = append(out, wire{c, bufio.NewReader(c)})
	}
	return out
}

// turn sends requests over all connections at once, one in flight on each, by
// a client that does as little as possible.
func turn(b *testing.B, wires []wire, request func(int) string) (took time.Duration, each []time.Duration) {
	b.Helper()
	requests := make([][]byte, requestsPerTurn)
	for i := range requests {
		requests[i] = []byte(request(i))
	}
	each = make([]time.Duration, requestsPerTurn)
	var all sync.WaitGroup
	start := time.Now()
	for w := range wires {
		all.Go(func() {
			for i := w; i < len(requests); i += len(wires) {
				sent := time.Now()
				if err := wires[w].ask(requests[i]); err != nil {
					b.Error(err)
					return
				}
				each[i] = time.Since(sent)
			}
		})
	}
	all.Wait()
	return time.Since(start), each
}

func (w wire) ask(request []byte) error {
	if _, err := w.conn.Write(request); err != nil {
		return err
	}
	r, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return err
	}
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", r.StatusCode)
	}
	return nil
}

// BenchmarkClient is what an agent waits for: a lookup by our client on its
// warm connection, in turns with a bare request by net/http to the trivial
// handler.
func BenchmarkClient(b *testing.B) {
	cert, fingerprint, err := service.SelfSigned("127.0.0.1")
	if err != nil {
		b.Fatal(err)
	}
	bench := startBench(b, &tls.Config{Certificates: []tls.Certificate{cert}}, fingerprint, 64<<20, 10_000)
	ours, err := httpapi.NewClient(httpapi.ClientConfig{Address: bench.service, Fingerprint: fingerprint,
		Token: credstore.NewSecret(bench.token)}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer ours.Close()
	bare := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // our own server
	defer bare.CloseIdleConnections()
	query := recognition.Query{Number: number(b, "+442079400123")}
	var lookups, requests []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := ours.Recognize(b.Context(), query); err != nil {
			b.Fatal(err)
		}
		lookups = append(lookups, time.Since(start))

		start = time.Now()
		r, err := bare.Post("https://"+bench.trivial, "application/json", strings.NewReader(`{"number":"+442079400123"}`))
		if err != nil {
			b.Fatal(err)
		}
		_, err = io.Copy(io.Discard, r.Body)
		if err := errors.Join(err, r.Body.Close()); err != nil {
			b.Fatal(err)
		}
		requests = append(requests, time.Since(start))
	}
	slices.Sort(lookups)
	slices.Sort(requests)
	b.ReportMetric(micro(lookups, 50), "µs-p50")
	b.ReportMetric(micro(lookups, 99), "µs-p99")
	b.ReportMetric(micro(requests, 50), "µs-bare-p50")
	b.ReportMetric(micro(lookups, 50)/micro(requests, 50), "of-bare-p50")
	b.ReportMetric(0, "ns/op")
}
