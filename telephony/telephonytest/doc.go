// Package telephonytest knows what every connector must do, whichever platform
// it speaks to: one suite, run by each connector's own test through
// TestConnector. Check runs the same cases without a testing.T and returns what
// it saw; the suite's own test proves with it that the cases can fail.
//
// The suite sees a connector the way the agent does, through a
// telephony.Tracker, and its platform through World. What a connector or its
// platform cannot do is declared in Harness.Missing; the cases that need it
// then report themselves as declared missing.
package telephonytest
