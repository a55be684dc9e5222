// Package localapi knows how the faces of the agent talk to it: snapshots out
// and requests in, as JSON frames over the owner-only socket or pipe that
// desktop/instance provides. Client and server stand beside the wire format.
package localapi
