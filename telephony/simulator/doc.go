// Package simulator knows how a voice platform behaves on the wire, well and
// badly: it is one, on loopback, for the demo, the conformance suite and the
// end-to-end tests.
//
// It speaks SIP over TLS with a certificate authority of its own and does not
// use the SIP library that the connector uses, so that a misreading of the
// standard cannot hide on both sides. It answers REGISTER (RFC 3261 §10),
// SUBSCRIBE and NOTIFY for the dialog package (RFC 6665, RFC 4235), forks
// INVITEs to second contacts and cancels them with a Reason (RFC 3326), takes
// click-to-dial as an INVITE to the own line followed by a REFER in that
// dialog (RFC 3515) and reports its progress, answers OPTIONS and keep-alive
// pings (RFC 5626 §3.5.1), and asks for digest credentials with MD5, SHA-256
// or SHA-512-256, one or several challenges at once (RFC 8760).
//
// Simulated, and never on the wire: the users' desk phones, the callers and
// the people they call, media. They act when a method of Platform or Call says
// so, or as OnDial says. The bodies of dialog events come in the dialects of
// Kamailio, Asterisk, FreeSWITCH and BroadWorks; what each leaves out, the
// simulator leaves out too. See Mischief and the methods in mischief.go for
// what it can do wrong.
//
// It is above two thousand lines because a platform has a registrar, presence,
// calls and dialling, and this one misbehaves in each of them on demand.
package simulator
