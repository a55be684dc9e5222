package instance

import "golang.org/x/sys/unix"

// peerUID is the user that connected, or that listens, as the kernel saw it.
// Untested: there was no macOS machine to run it on.
func peerUID(fd int) (uint32, error) {
	cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return cred.Uid, nil
}
