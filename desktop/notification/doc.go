// Package notification knows how to show a native notification with buttons,
// replace it when more is known, and take it away again, on each desktop; and
// how to make text that strangers chose harmless before it is shown.
//
// Linux and other free desktops: the D-Bus interface of the Desktop
// Notifications Specification 1.2 on a connection of its own, spoken directly
// by godbus. The known helper libraries wait for each reply in the caller and
// do not follow a server that restarts; here one goroutine sends, keeps order
// per key, coalesces what has been overtaken while the server was slow, and
// shows again what was open when server or bus come back.
//
// Windows: toasts by COM, from XML that encoding/xml wrote. There is no
// PowerShell in the way, because a caller's name inside a script can run
// code. The library at hand offers neither tag nor history: see
// notification_windows.go for what that means for Show and Withdraw.
//
// macOS: plain text by beeep as a last resort, without buttons, replacement
// or withdrawal. The real thing needs UNUserNotificationCenter, so cgo and a
// signed bundle.
//
// Tested: Linux, against a recording server and dunst. Untested for want of
// machines: everything on Windows and macOS beyond compiling and the XML.
package notification
