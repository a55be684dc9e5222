// Package autostart knows how a program is started when the user signs in:
// an entry in the autostart directory of free desktops, a value under the Run
// key of the user on Windows, a launch agent on macOS.
//
// Tested on Linux; the other two are untested for want of machines.
package autostart
