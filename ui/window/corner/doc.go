// Package corner knows how a window stands in a corner of the screen, above
// the others, without ever taking the keyboard: what that needs on each window
// system and which of them cannot do it.
package corner
