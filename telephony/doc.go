// Package telephony knows what a call is, whichever platform tells of it: its
// phases, who may report it, and how reports of several views of one line
// become one call.
//
// Order guarantee: for one call, snapshots arrive in the order of its phases
// and the last one is always Ended. Between calls there is no order. Reports
// are idempotent upserts of the whole call; nobody relies on seeing every
// phase.
package telephony
