// Package voicelab knows how to start a real voice platform on loopback for
// tests: Kamailio over TLS, which makes dialog events of real calls, and
// baresip telephones that can be told to dial, answer and hang up.
//
// Any user N signs in with the password "pwN" at the domain "pbx.test". Tests
// that use it carry the build tag "system".
package voicelab
