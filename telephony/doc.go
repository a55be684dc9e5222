// Package telephony knows what a call is, whichever platform tells of it: its
// phases, who may report it, and how reports of several views of one line
// become one call.
//
// Order guarantee: for one call, snapshots arrive in the order of its phases
// and the last one is always Ended. Between calls there is no order. Reports
// are idempotent upserts of the whole call; nobody relies on seeing every
// phase.
//
// A Connector reports what each view of a line says (call.go, connector.go);
// the Tracker makes whole calls of it and tells an Observer (tracker.go; which
// call a leg belongs to: merge.go; what is true of it: judge.go; our own
// click-to-dial: dialcall.go). state.go is the table of phases.
package telephony
