package instance

import "golang.org/x/sys/unix"

// peerUID is the user that connected, or that listens, as the kernel saw it.
func peerUID(fd int) (uint32, error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	return cred.Uid, nil
}
