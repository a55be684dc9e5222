// Package desktoptest knows how to stand in for a desktop: a private session
// bus without any service, a notification server that records and presses
// buttons, a tray host that clicks menus by label, an unlocked keyring, and a
// display without a screen. Programs under test are real; only what a person
// and a desktop environment would do is played.
//
// It needs the Debian packages dbus-daemon, and where used gnome-keyring,
// xvfb, openbox and imagemagick. Whatever is missing fails the test with a
// sentence that names the package. Every process is ended, by its id, when
// the test is cleaned up. TB is small, so that ctidemo and the benchmarks can
// use the package outside of tests.
package desktoptest
