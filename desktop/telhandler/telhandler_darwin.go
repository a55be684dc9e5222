package telhandler

import "fmt"

// Register cannot be done by the program on macOS.
func Register(string) error {
	return fmt.Errorf("%w: on macOS the application bundle declares the links (CFBundleURLTypes in Info.plist); "+
		"choose the program in FaceTime › Settings › Default for calls", ErrUnsupported)
}

// Unregister has nothing to undo.
func Unregister() error { return nil }

// Current knows nothing here.
func Current() (Status, error) {
	return Status{}, fmt.Errorf("%w: macOS does not tell a program without a bundle", ErrUnsupported)
}
