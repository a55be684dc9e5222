// Package telhandler knows how a desktop is told that this program opens
// tel:, callto: and sip: links, and how it is told otherwise again.
//
// Free desktops: an entry of our own in $XDG_DATA_HOME/applications, and our
// name at the head of the lists in mimeapps.list (MIME Applications
// Associations 1.0.1). What was the default stays in the list behind us, so
// that taking our name out brings it back; so does uninstalling the program
// by hand, because a name without an entry is passed over. The file is
// written here rather than by xdg-mime, which replaces the list and knows
// only the desktop it runs on. update-desktop-database is called when it is
// there.
//
// Windows: a class and capabilities under HKEY_CURRENT_USER. A program may
// not make itself the default there: the user picks it in Settings › Apps ›
// Default apps, and Status says whether that was done.
//
// macOS: the bundle's Info.plist declares the schemes (CFBundleURLTypes) and
// the link arrives as an Apple event (kAEGetURL), which needs cgo; Register
// says so.
//
// The desktop calls the program with the arguments "open-uri" and the link,
// one element each.
//
// Tested on Linux, with xdg-open. Untested on Windows for want of a machine.
package telhandler
