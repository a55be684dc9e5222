package script

import (
	"context"
	"slices"
	"testing"
	"time"
)

const typical = `function onCall(call, params) {
	const contact = call.contacts[0];
	if (contact) return {type: "openUrl", url: params.base + cti.url` + "`/contacts/${contact.fields.recordId}`" + `};
	return {type: "newContact", url: params.base + "/contacts/new", prefill: {phone: call.number.e164, name: call.callerName}};
}`

// BenchmarkSpareCall is a call for which a child waits: from handing the
// script over to the intents.
func BenchmarkSpareCall(b *testing.B) {
	h := newHost(b, Limits{})
	var times []time.Duration
	for b.Loop() {
		b.StopTimer()
		c, err := h.take(b.Context()) // started now, as the last one was used up
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		began := time.Now()
		if _, err := h.runIn(context.Background(), c, []byte(typical), []byte(ringing), []byte(`{"base":"https://crm.example.org"}`)); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
		b.StopTimer()
		<-c.done
		b.StartTimer()
	}
	percentiles(b, times)
}

// BenchmarkColdCall is a call for which a child must be started first.
func BenchmarkColdCall(b *testing.B) {
	h := newHost(b, Limits{})
	var times []time.Duration
	for b.Loop() {
		b.StopTimer()
		spare, err := h.take(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		spare.kill()
		<-spare.done
		b.StartTimer()
		began := time.Now()
		c, err := h.take(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := h.runIn(context.Background(), c, []byte(typical), []byte(ringing), []byte(`{"base":"https://crm.example.org"}`)); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	percentiles(b, times)
}

func percentiles(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
}
