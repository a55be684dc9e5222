// Package desktopentry knows how a program is described to a free desktop: the
// form of .desktop files, and how an argument list is written into their Exec
// key so that it comes out the same (Desktop Entry Specification 1.5).
package desktopentry
