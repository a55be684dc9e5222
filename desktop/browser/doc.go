// Package browser knows how to hand a link to the user's browser, and how to
// start an application an administrator named. It is the only room of the
// program that opens anything: every link and every start passes through
// Opener, and a test of the whole repository keeps it so.
//
// What may be opened is decided before, in screenpop. Opener looks again at
// what must hold whatever was decided: a link is an https link, or an http
// link to a literal loopback or private address, of plain characters; a
// program is an absolute path to an executable that is no script of a shell.
//
// Linux and other free desktops: xdg-open from a system directory, never from
// $PATH, with $BROWSER only if it names one program by its absolute path.
// Windows: ShellExecuteW. macOS: /usr/bin/open -u. The last two are untested
// for want of machines.
package browser
