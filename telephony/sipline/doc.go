// Package sipline knows how a SIP platform tells what happens on one user's
// line, and how it is asked to call somebody for that user.
//
// It looks at the line in two ways at once. A subscription to the dialog event
// package (RFC 4235 over RFC 6665) tells of every call from the first ring to
// the end, but platforms differ in what they put into it (translate.go). A
// second contact beside the user's phones (RFC 3261 §10, RFC 5626) receives a
// copy of every incoming INVITE, with all that the network knows of the caller,
// and of every CANCEL, with its reason; it never answers. Each is reported as a
// view of its own; the Tracker above merges them.
//
// Calls are made by calling the user's own phones and, once they answer, asking
// them by REFER to call the destination (dial.go).
//
// SIP messages are sipgo's; the connection is not. One line needs one TLS
// connection to one platform, its messages in the order in which they came,
// and its end known at once. sipgo v1.7.2 hands each message to a goroutine of
// its own, closes a connection over one malformed header and keeps dead ones.
// So flow.go reads the connection, transaction.go is RFC 3261 §17 as far as a
// reliable transport needs it, and one goroutine per connection (session.go)
// owns all state.
//
// Nothing but TLS 1.2 or newer is spoken, and credentials answer no challenge
// but those to our own requests on the connection that was verified.
//
// It is above two thousand lines because it holds what a SIP stack has for one
// line: transactions, registration, subscription, dialling and the dialects of
// the platforms share one connection and one goroutine.
package sipline
