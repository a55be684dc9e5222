// Package instance knows whether this program already runs for this user, and
// how to reach the one that does: over a Unix socket or a named pipe that
// nobody else can open.
//
// There is one instance per user and machine. On Linux and macOS a lock file
// decides (the kernel drops the lock when the holder dies, however it dies)
// and a socket of mode 0600 in a directory of mode 0700 carries the talk; the
// user of the peer is asked of the kernel on both ends (SO_PEERCRED,
// LOCAL_PEERCRED). On Windows the first instance of a named pipe decides; its
// access list names the user alone, remote clients are rejected, and a
// client checks that the pipe is owned by its own user. There is no TCP
// listener, so no web page can reach it.
//
// What is said on the connection is agent/localapi's business.
package instance
