// Package agent knows the client's two journeys: from a ringing phone to the
// open record, and from a number on the screen to a call. It has no screen of
// its own; faces watch its snapshots and send requests (agent/view,
// agent/localapi).
//
// One goroutine, the loop, owns all call state. Everything slow (lookups,
// scripts, disk, dialling) happens beside it and comes back as an event.
//
// It is above two thousand lines because both journeys, every request and every
// notice change the same calls on the same goroutine; loop.go, flow.go and
// dial.go are the spine, the other files hang on it.
package agent
